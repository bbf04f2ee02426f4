import { inPieces } from "../../in-pieces";
import { memoryPlan } from "../../runtime/memory-plan";
import { Best } from "./best";
import type { Products } from "./products";
import type { Metric, SearchIndex } from "./types";
import { normaliseRows, squaredNorms } from "./vectors";
import { ZeroVectors } from "./zero-vectors";

/** Rows a matrix product: bounds the similarity matrix (4096 x 4096 floats = 64 MB) without costing speed. */
const CHUNK = 4096;
/** Numbers normalised at a time. */
const PIECE = 1 << 20;

/** Compares every query with every row of the bank. */
export async function exactIndex(
  products: Products,
  features: Float32Array,
  dimension: number,
  metric: Metric,
  neighbours: number,
): Promise<SearchIndex> {
  const rows = features.length / dimension;
  const bank = new Float32Array(features.length);
  const penalty = new Float32Array(rows);
  const prepare = (from: number, to: number) => {
    const part = features.subarray(from * dimension, to * dimension);
    bank.set(metric === "cosine" ? normaliseRows(part, dimension) : part, from * dimension);
    penalty.set(penalties(part, dimension, metric), from);
  };
  const zeros = metric === "cosine" ? ZeroVectors.among(features, dimension) : undefined;
  await inPieces(rows, Math.ceil(PIECE / dimension), prepare, products.inTurn);
  return {
    rows,
    method: "exact",
    bytes: bank.byteLength + penalty.byteLength,
    async search(queries, { skip } = {}) {
      const best = new Best(queries.length / dimension, neighbours);
      const prepared = metric === "cosine" ? normaliseRows(queries, dimension) : queries;
      for (const [from, to] of chunks(rows, skip)) {
        const part = bank.subarray(from * dimension, to * dimension);
        const k = Math.min(neighbours, to - from);
        const found = await products.nearest(prepared, part, penalty.subarray(from, to), dimension, k);
        best.merge(found.values, found.indices, k, (index) => index + from);
      }
      const matches = best.matches(metric, metric === "cosine" ? undefined : squaredNorms(queries, dimension));
      return zeros?.correct(matches, zeros.met(queries, skip), neighbours, skip) ?? matches;
    },
  };
}

function* chunks(rows: number, skip: readonly [number, number] | undefined): Generator<[number, number]> {
  const ranges = skip ? [[0, skip[0]] as const, [skip[1], rows] as const] : [[0, rows] as const];
  const step = Math.min(CHUNK, memoryPlan()?.searchRows ?? CHUNK);
  for (const [start, end] of ranges) {
    for (let from = start; from < end; from += step) yield [from, Math.min(end, from + step)];
  }
}

/** What makes the largest value the smallest distance; see `Products.nearest`. */
function penalties(bank: Float32Array, dimension: number, metric: Metric): Float32Array {
  if (metric === "cosine") return new Float32Array(bank.length / dimension);
  return squaredNorms(bank, dimension).map((norm) => -norm / 2);
}
