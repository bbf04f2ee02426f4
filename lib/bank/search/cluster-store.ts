import { type Clusters, findClusters } from "./clusters";
import type { MatrixProducts } from "./matrix-products";
import type { Metric } from "./types";
import { gatherRows, normaliseRows, squaredNorms } from "./vectors";

/** Rows a cluster holds on average: fewer cost more calls, more cost comparisons in vain (bench/LOG.md). */
const ROWS = 512;
const MOST_CLUSTERS = 1024;

/** A bank's rows in half precision, cluster by cluster. */
export interface ClusterStore {
  dimension: number;
  metric: Metric;
  clusters: Clusters;
  /** float16 [rows, dimension] in the clusters' order. */
  halves: Uint16Array;
  /** float32 [rows], in that order. */
  penalty: Float32Array;
  /** What Euclidean features are multiplied by, to be in the range of half precision. */
  scale: number;
}

/** @param features float32 [rows, dimension]; nothing of the store holds on to them */
export async function storeByClusters(
  products: MatrixProducts,
  features: Float32Array,
  dimension: number,
  metric: Metric,
): Promise<ClusterStore> {
  const rows = features.length / dimension;
  const scale = metric === "cosine" ? 1 : halfScale(features);
  const part = (from: number, to: number) =>
    comparable({ dimension, metric, scale }, features.subarray(from * dimension, to * dimension));
  const count = Math.max(1, Math.min(MOST_CLUSTERS, Math.round(rows / ROWS)));
  const clusters = await findClusters(products, rows, dimension, count, part);
  const halves = new Uint16Array(features.length);
  const penalty = new Float32Array(rows);
  for (let cluster = 0; cluster < count; cluster++) {
    const [from, to] = [clusters.starts[cluster]!, clusters.starts[cluster + 1]!];
    if (from === to) continue;
    const own = gatherRows(features, dimension, clusters.order.subarray(from, to));
    const packed = await products.toHalf(comparable({ dimension, metric, scale }, own), dimension);
    halves.set(packed.halves, from * dimension);
    if (metric === "cosine") continue;
    // Of the rounded rows: their distances are then exact.
    const norms = squaredNorms(packed.rounded, dimension);
    penalty.set(
      norms.map((norm) => -norm / 2),
      from,
    );
  }
  return { dimension, metric, clusters, halves, penalty, scale };
}

/** Vectors as they are compared: of length one, or scaled as the store's are. */
export function comparable(
  { dimension, metric, scale }: Pick<ClusterStore, "dimension" | "metric" | "scale">,
  values: Float32Array,
): Float32Array {
  return metric === "cosine" ? normaliseRows(values, dimension) : values.map((value) => value * scale);
}

/** Brings features of any size into the range of half precision. */
function halfScale(features: Float32Array): number {
  let largest = 0;
  for (const value of features) largest = Math.max(largest, Math.abs(value));
  return largest > 0 ? 1 / largest : 1;
}
