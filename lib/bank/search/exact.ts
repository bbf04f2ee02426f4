import { inPieces } from "../../in-pieces";
import { memoryPlan } from "../../runtime/memory-plan";
import type { MatrixProducts } from "./matrix-products";
import { NearestNeighbours } from "./nearest-neighbours";
import type { Metric, SearchIndex } from "./types";
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
  const bank = new Float32Array(features.length);
  const penalty = metric === "l2" ? new Float32Array(rows) : undefined;
  const prepare = (from: number, to: number) => {
    const part = features.subarray(from * dimension, to * dimension);
    bank.set(metric === "cosine" ? normaliseRows(part, dimension) : part, from * dimension);
    penalty?.set(penalties(part, dimension), from);
  };
  const zeros = metric === "cosine" ? ZeroVectors.among(features, dimension) : undefined;
  await inPieces(rows, Math.ceil(PIECE / dimension), prepare, products.inTurn);
  return {
    rows,
    method: "exact",
    bytes: bank.byteLength + (penalty?.byteLength ?? 0),
    async search(queries, { skip } = {}) {
      const count = queries.length / dimension;
      const best = new NearestNeighbours(count, neighbours);
      const prepared = metric === "cosine" ? normaliseRows(queries, dimension) : queries;
      for (const [from, to] of chunks(rows, rowsAtATime(count), skip)) {
        const part = bank.subarray(from * dimension, to * dimension);
        const k = Math.min(neighbours, to - from);
        const found = await products.nearest(prepared, part, penalty?.subarray(from, to), dimension, k);
        best.merge(found.values, found.indices, k, (index) => index + from);
      }
      const matches = best.matches(metric, metric === "cosine" ? undefined : squaredNorms(queries, dimension));
      return zeros?.correct(matches, zeros.met(queries, skip), neighbours, skip) ?? matches;
    },
  };
}

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
