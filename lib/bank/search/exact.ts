import { inPieces } from "../../in-pieces";
import { memoryPlan } from "../../runtime/memory-plan";
import type { Largest, MatrixProducts } from "./matrix-products";
import { NearestNeighbours } from "./nearest-neighbours";
import type { Matches, Metric, SearchIndex, SearchOptions } from "./types";
import { normaliseRows, penalties, squaredNorms } from "./vectors";
import { ZeroVectors } from "./zero-vectors";

/**
 * Similarities a matrix product: 6 MB, which stay in the processor's cache until the largest of each row is found. With
 * 4096 rows at a time, however many queries, the search of a ViT-S frame took a tenth more of the processor's time.
 */
const SIMILARITIES = 1_500_000;
/** Rows a matrix product: fewer cost more calls, more gain nothing. */
const ROWS = { least: 512, most: 4096 } as const;
/** Numbers normalised at a time. */
const PIECE = 1 << 20;

/** Compares every query with every row of the bank. */
export async function exactIndex(
  products: MatrixProducts,
  features: Float32Array,
  dimension: number,
  metric: Metric,
  neighbours: number,
): Promise<SearchIndex> {
  const rows = features.length / dimension;
  const compared = new Float32Array(features.length);
  const penalty = metric === "l2" ? new Float32Array(rows) : undefined;
  const prepare = (from: number, to: number) => {
    const part = features.subarray(from * dimension, to * dimension);
    compared.set(metric === "cosine" ? normaliseRows(part, dimension) : part, from * dimension);
    penalty?.set(penalties(part, dimension), from);
  };
  const zeros = metric === "cosine" ? ZeroVectors.among(features, dimension) : undefined;
  await inPieces(rows, Math.ceil(PIECE / dimension), prepare, products.inTurn);
  return {
    rows,
    method: "exact",
    bytes: compared.byteLength + (penalty?.byteLength ?? 0),
    compared,
    async search(queries, { skip, isUnit, reverse } = {}) {
      const prepared = metric === "cosine" && !isUnit ? normaliseRows(queries, dimension) : queries;
      const matches = await compareAll(products, prepared, compared, dimension, neighbours, { penalty, skip, reverse });
      return zeros?.correct(matches, zeros.met(queries, skip), neighbours, skip) ?? matches;
    },
  };
}

interface CompareOptions extends Pick<SearchOptions, "skip" | "reverse"> {
  /** `penalties` of the rows, for Euclidean distances; absent: both are of length one, for cosine. */
  penalty?: Float32Array | undefined;
}

/**
 * One matrix product of queries and rows, a block of rows at a time. It answers the reverse question as well, which asked
 * for itself would cost as much again.
 */
export async function compareAll(
  products: MatrixProducts,
  queries: Float32Array,
  rows: Float32Array,
  dimension: number,
  neighbours: number,
  { penalty, skip, reverse }: CompareOptions = {},
): Promise<Matches> {
  const [count, total] = [queries.length / dimension, rows.length / dimension];
  const norms = penalty && squaredNorms(queries, dimension);
  const best = new NearestNeighbours(count, neighbours);
  const rowDistances = reverse ? new Float32Array(total).fill(Number.POSITIVE_INFINITY) : undefined;
  const queryPenalty = reverse ? norms?.map((norm) => -norm / 2) : undefined;
  for (const [from, to] of chunks(total, rowsAtATime(count), skip)) {
    const part = rows.subarray(from * dimension, to * dimension);
    const own = penalty?.subarray(from, to);
    const k = Math.min(neighbours, to - from);
    let found: Largest;
    if (rowDistances) {
      const both = own && queryPenalty && { rows: own, queries: queryPenalty };
      const mutual = await products.mutual(queries, part, both, dimension, k);
      rowDistances.set(mutual.ofRows.map(penalty ? euclidean : cosine), from);
      found = mutual;
    } else found = await products.nearest(queries, part, own, dimension, k);
    best.merge(found.values, found.indices, k, (index) => index + from);
  }
  return { ...best.matches(penalty ? "l2" : "cosine", norms), rowDistances };
}

const cosine = (similarity: number) => Math.max(0, 1 - similarity);
/** Of a product less half of both squared lengths. */
const euclidean = (value: number) => Math.sqrt(Math.max(0, -2 * value));

function rowsAtATime(queries: number): number {
  const rows = Math.round(SIMILARITIES / Math.max(1, queries));
  return Math.min(Math.max(ROWS.least, rows), ROWS.most, memoryPlan()?.searchRows ?? ROWS.most);
}

function* chunks(rows: number, step: number, skip: readonly [number, number] | undefined): Generator<[number, number]> {
  const ranges = skip ? [[0, skip[0]] as const, [skip[1], rows] as const] : [[0, rows] as const];
  for (const [start, end] of ranges) {
    for (let from = start; from < end; from += step) yield [from, Math.min(end, from + step)];
  }
}
