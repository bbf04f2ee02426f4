import { inPieces } from "../../in-pieces";
import type { MatrixProducts } from "./matrix-products";
import { gatherRows, squaredNorms } from "./vectors";

/** Rows to learn from, a cluster; more move the centres next to nothing. */
const SAMPLE = 48;
const ROUNDS = 5;
/** Rows assigned at a time. */
const CHUNK = 2048;
/** Rows sampled at a time. */
const PIECE = 1024;

export interface Clusters {
  count: number;
  /** float32 [count, dimension] */
  centres: Float32Array;
  /** int32 [rows]: bank rows, cluster by cluster, ascending within each. */
  order: Int32Array;
  /** int32 [count + 1]: where in `order` each cluster starts. */
  starts: Int32Array;
}

/**
 * Groups rows by k-means (Lloyd's, on an even sample of the rows), each into the cluster of its nearest centre.
 * @param part rows [from, to), as they are to be compared
 */
export async function findClusters(
  products: MatrixProducts,
  rows: number,
  dimension: number,
  count: number,
  part: (from: number, to: number) => Float32Array,
): Promise<Clusters> {
  const sample = await sampleRows(products, rows, dimension, count * SAMPLE, part);
  const sampled = sample.length / dimension;
  let centres = gatherRows(
    sample,
    dimension,
    Array.from({ length: count }, (_, i) => Math.floor((i * sampled) / count)),
  );
  for (let round = 0; round < ROUNDS; round++) {
    const owner = new Int32Array(sampled);
    await assign(products, sampled, dimension, centres, owner, (from, to) =>
      sample.subarray(from * dimension, to * dimension),
    );
    centres = means(sample, dimension, owner, centres);
  }
  const owner = new Int32Array(rows);
  await assign(products, rows, dimension, centres, owner, part);
  return { count, centres, ...sortByOwner(owner, count) };
}

async function sampleRows(
  products: MatrixProducts,
  rows: number,
  dimension: number,
  wanted: number,
  part: (from: number, to: number) => Float32Array,
): Promise<Float32Array> {
  const count = Math.min(rows, wanted);
  const out = new Float32Array(count * dimension);
  const sample = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const row = Math.floor((i * rows) / count);
      out.set(part(row, row + 1), i * dimension);
    }
  };
  await inPieces(count, PIECE, sample, products.inTurn);
  return out;
}

async function assign(
  products: MatrixProducts,
  rows: number,
  dimension: number,
  centres: Float32Array,
  owner: Int32Array,
  part: (from: number, to: number) => Float32Array,
): Promise<void> {
  const penalty = squaredNorms(centres, dimension).map((norm) => -norm / 2);
  for (let from = 0; from < rows; from += CHUNK) {
    const to = Math.min(rows, from + CHUNK);
    const { indices } = await products.nearest(part(from, to), centres, penalty, dimension, 1);
    for (let i = from; i < to; i++) owner[i] = Number(indices[i - from]);
  }
}

/** A centre that owns nothing stays where it is. */
function means(sample: Float32Array, dimension: number, owner: Int32Array, before: Float32Array): Float32Array {
  const sums = new Float64Array(before.length);
  const counts = new Int32Array(before.length / dimension);
  for (let row = 0, at = 0; row < owner.length; row++) {
    const to = owner[row]! * dimension;
    counts[owner[row]!]!++;
    for (let i = 0; i < dimension; i++) sums[to + i]! += sample[at++]!;
  }
  return before.map((value, i) => {
    const count = counts[Math.floor(i / dimension)]!;
    return count === 0 ? value : sums[i]! / count;
  });
}

function sortByOwner(owner: Int32Array, count: number): { order: Int32Array; starts: Int32Array } {
  const starts = new Int32Array(count + 1);
  for (const value of owner) starts[value + 1]!++;
  for (let i = 0; i < count; i++) starts[i + 1]! += starts[i]!;
  const next = starts.slice();
  const order = new Int32Array(owner.length);
  for (let row = 0; row < owner.length; row++) order[next[owner[row]!]!++] = row;
  return { order, starts };
}
