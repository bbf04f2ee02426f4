import { type ClusterStore, comparable, storeByClusters } from "./cluster-store";
import type { Clusters } from "./clusters";
import type { MatrixProducts } from "./matrix-products";
import { NearestNeighbours } from "./nearest-neighbours";
import type { Matches, Metric, SearchIndex, SearchOptions } from "./types";
import { gatherRows, squaredNorms } from "./vectors";
import { ZeroVectors } from "./zero-vectors";

/** Clusters in which every query is searched. */
const PROBES = 3;
/** Clusters in which the worst queries are searched: this share of them, between these numbers. */
const DEEP_SHARE = 1 / 8;
const DEEP = { least: 16, most: 64 };
/** Times that the worst queries are looked at again: others may have become the worst. */
const ROUNDS = 4;
/** Rows and queries up to which neighbouring clusters share a call, which costs more than the products of so few. */
const SHARED = { rows: 4096, queries: 8 };

/**
 * Approximate nearest neighbours that spend their time where a verdict is made. The bank's rows are grouped into
 * clusters (an inverted file: Jegou, Douze & Schmid, Product quantization for nearest neighbor search, 2011), and every
 * query is compared with those of the few nearest centres. What is found so can only be too far, never too near; so
 * the queries with the largest distances, which alone make the image's score, are searched again in many more
 * clusters.
 *
 * Rows are held as half precision: 768 bytes for 384 features.
 */
export async function clusteredIndex(
  products: MatrixProducts,
  features: Float32Array,
  dimension: number,
  metric: Metric,
  neighbours: number,
): Promise<SearchIndex> {
  const zeros = metric === "cosine" ? ZeroVectors.among(features, dimension) : undefined;
  return searchable(products, await storeByClusters(products, features, dimension, metric), neighbours, zeros);
}

/** Apart from building, whose closures would keep the features in memory for as long as the index lives. */
function searchable(
  products: MatrixProducts,
  store: ClusterStore,
  neighbours: number,
  zeros: ZeroVectors | undefined,
): SearchIndex {
  const { dimension, metric, clusters, halves, penalty, scale } = store;
  const { count } = clusters;
  const centrePenalty = squaredNorms(clusters.centres, dimension).map((norm) => -norm / 2);

  const bytes = halves.byteLength + penalty.byteLength + clusters.centres.byteLength + clusters.order.byteLength;
  return { rows: penalty.length, method: "clustered", bytes, search };

  async function search(queries: Float32Array, { skip, worst = 1, isUnit }: SearchOptions = {}): Promise<Matches> {
    const prepared = metric === "cosine" && isUnit ? queries : comparable(store, queries);
    const norms = metric === "cosine" ? undefined : squaredNorms(prepared, dimension);
    const total = prepared.length / dimension;
    const best = new NearestNeighbours(total, neighbours);
    const deep = Math.min(count, Math.max(DEEP.least, Math.min(DEEP.most, Math.ceil(count * DEEP_SHARE))));
    const looked: number[][] = Array.from({ length: total }, () => []);
    /** Looks for the chosen queries in their nearest clusters, where they were not looked for before. */
    async function scan(chosen: readonly number[], nearest: number): Promise<void> {
      const own = gatherRows(prepared, dimension, chosen);
      const { indices } = await products.nearest(own, clusters.centres, centrePenalty, dimension, nearest);
      const visits = chosen.flatMap((query, i) => {
        const near = Array.from(indices.subarray(i * nearest, (i + 1) * nearest), Number);
        const before = looked[query]!;
        looked[query] = near;
        return near.filter((cluster) => !before.includes(cluster)).map((cluster): [number, number] => [query, cluster]);
      });
      await scanClusters(products, store, prepared, best, skip, visits);
    }
    async function searchEverywhere(chosen: number[]): Promise<void> {
      for (const query of chosen) best.forget(query);
      const all = chosen.flatMap((query) => Array.from({ length: count }, (_, i): [number, number] => [query, i]));
      await scanClusters(products, store, prepared, best, skip, all);
    }
    const searched = new Uint8Array(total);
    await scan(Array.from(searched.keys()), Math.min(PROBES, deep));
    const met = zeros?.met(queries, skip) ?? [];
    const distances = () => {
      const found = Float32Array.from(searched, (_, query) => best.distance(query, metric, norms?.[query]));
      for (const query of met) found[query] = 0;
      return found;
    };
    for (let round = 0; round < ROUNDS; round++) {
      const again = worstOf(distances(), round === 0 ? 2 * worst : worst).filter((query) => !searched[query]);
      if (again.length === 0) break;
      await scan(again, deep);
      for (const query of again) searched[query] = 1;
    }
    // Rows that are skipped may have left a query fewer neighbours than it is to have.
    const short = Array.from(searched.keys()).filter((query) => !best.isFull(query));
    if (short.length > 0) await searchEverywhere(short);
    const { distances: scaled, nearest } = best.matches(metric, norms);
    const found = { distances: scaled.map((distance) => distance / scale), nearest };
    return zeros?.correct(found, met, neighbours, skip) ?? found;
  }
}

/** Compares queries with all rows of clusters. @param visits pairs of query and cluster */
async function scanClusters(
  products: MatrixProducts,
  { dimension, clusters, halves, penalty }: ClusterStore,
  queries: Float32Array,
  best: NearestNeighbours,
  skip: readonly [number, number] | undefined,
  visits: Iterable<[number, number]>,
): Promise<void> {
  const lists: number[][] = Array.from({ length: clusters.count }, () => []);
  for (const [query, cluster] of visits) lists[cluster]!.push(query);
  // What is met twice would count as two of several neighbours.
  const calls = skip || best.k > 1 ? apart(clusters, lists, skip) : together(clusters, lists);
  for (const { from, to, list } of calls) {
    const k = Math.min(best.k, to - from);
    const found = await products.nearestHalf(
      gatherRows(queries, dimension, list),
      halves.subarray(from * dimension, to * dimension),
      penalty.subarray(from, to),
      dimension,
      k,
    );
    best.merge(found.values, found.indices, k, (index) => clusters.order[from + index]!, list);
  }
}

/** Places [from, to) in the clusters' order, and the queries to compare with them. */
interface Call {
  from: number;
  to: number;
  list: readonly number[];
}

function* apart(
  clusters: Clusters,
  lists: readonly number[][],
  skip: readonly [number, number] | undefined,
): Generator<Call> {
  for (const [cluster, list] of lists.entries()) {
    if (list.length === 0) continue;
    for (const [from, to] of kept(clusters, cluster, skip)) yield { from, to, list };
  }
}

/** Neighbours with few queries at once, each query then seeing more than it asked for. */
function* together({ starts }: Clusters, lists: readonly number[][]): Generator<Call> {
  for (let cluster = 0; cluster < lists.length; ) {
    const from = starts[cluster]!;
    let list = lists[cluster++]!;
    if (list.length === 0) continue;
    while (cluster < lists.length && lists[cluster]!.length > 0 && starts[cluster + 1]! - from <= SHARED.rows) {
      const both = [...new Set([...list, ...lists[cluster]!])];
      if (both.length > SHARED.queries) break;
      list = both;
      cluster++;
    }
    if (from < starts[cluster]!) yield { from, to: starts[cluster]!, list };
  }
}

/** A cluster's places without the bank rows to be skipped: these lie together, for a cluster's rows ascend. */
function kept(
  { order, starts }: Clusters,
  cluster: number,
  skip: readonly [number, number] | undefined,
): [number, number][] {
  const [from, to] = [starts[cluster]!, starts[cluster + 1]!];
  if (!skip) return from < to ? [[from, to]] : [];
  const place = (row: number) => {
    let at = from;
    while (at < to && order[at]! < row) at++;
    return at;
  };
  const parts: [number, number][] = [
    [from, place(skip[0])],
    [place(skip[1]), to],
  ];
  return parts.filter(([start, end]) => start < end);
}

/** The queries of the largest distances; one of which nothing is known counts as the farthest. */
function worstOf(distances: Float32Array, count: number): number[] {
  const value = (query: number) => (Number.isNaN(distances[query]!) ? Infinity : distances[query]!);
  return Array.from(distances.keys())
    .sort((a, b) => value(b) - value(a))
    .slice(0, count);
}
