import { GoldenSampleError } from "../errors";
import { plain } from "../sentence";
import type { MatrixProducts } from "./search/matrix-products";
import { gatherRows, squaredNorms } from "./search/vectors";

/** Random directions that distances are measured in; 64 keep them within some 15 % (Johnson-Lindenstrauss). */
const PROJECTED = 64;
/** The farthest rows, among which choices are made before all rows are looked at again. */
const POOL = 1024;
/** Rows multiplied at a time. */
const CHUNK = 8192;
const BINS = 1024;

/**
 * Greedy k-centre selection (PatchCore, arXiv 2106.08265, section 3.2): again and again the patch that lies farthest
 * from all chosen ones, distances measured in a random projection.
 *
 * Choices are made many at a time, and are the same as one by one: a row's distance to the chosen ones can only shrink,
 * so as long as the farthest of a pool of far rows is farther than every row outside was before, it is the farthest of
 * all. Then all rows are compared with the new choices in one matrix product.
 * @param features float32 [rows, dimension]
 * @param keep share of the rows to keep, 0..1; at least one row is kept
 * @param step called now and then with the number of rows chosen and wanted, so that a long selection is seen; ends it
 *   by throwing
 * @returns the chosen rows, ascending
 */
export async function greedyCoreset(
  products: MatrixProducts,
  features: Float32Array,
  dimension: number,
  keep: number,
  step: (chosen: number, wanted: number) => void,
): Promise<Int32Array> {
  const rows = features.length / dimension;
  const wanted = Math.max(1, Math.round(rows * keep));
  if (wanted >= rows) return Int32Array.from({ length: rows }, (_, row) => row);
  const width = Math.min(PROJECTED, dimension);
  const points = await project(products, features, dimension, width);
  const lengths = squaredNorms(points, width);
  const nearest = new Float32Array(rows).fill(Infinity);
  const chosen: number[] = [0];
  await bringUpToDate(products, { points, width, lengths, nearest }, [0]);
  while (chosen.length < wanted) {
    step(chosen.length, wanted);
    const batch = chooseFrom(farthest(nearest), { points, width, nearest }, wanted - chosen.length);
    if (batch.length === 0)
      throw new GoldenSampleError("INTERNAL", plain("The coreset has run out of patches to choose from."));
    await bringUpToDate(products, { points, width, lengths, nearest }, batch);
    for (const row of batch) chosen.push(row);
  }
  return Int32Array.from(chosen).sort();
}

interface Points {
  /** float32 [rows, width] */
  points: Float32Array;
  width: number;
  /** Squared length of each. */
  lengths: Float32Array;
  /** Squared distance of each to the nearest chosen one; -1 for those chosen. */
  nearest: Float32Array;
}

interface Pool {
  rows: number[];
  /** The largest squared distance outside the pool. */
  outside: number;
}

/** About `POOL` rows with the largest distances; the farthest of all is among them. */
function farthest(nearest: Float32Array): Pool {
  let largest = 0;
  for (let row = 0; row < nearest.length; row++) if (nearest[row]! > largest) largest = nearest[row]!;
  const scale = BINS / largest;
  const bin = (value: number) => Math.min(BINS - 1, Math.floor(value * scale));
  const counts = new Int32Array(BINS);
  if (largest > 0) for (let row = 0; row < nearest.length; row++) if (nearest[row]! >= 0) counts[bin(nearest[row]!)]!++;
  let [lowest, inside] = [BINS - 1, counts[BINS - 1]!];
  while (lowest > 0 && inside + counts[lowest - 1]! <= POOL) inside += counts[--lowest]!;
  const rows: number[] = [];
  let outside = -1;
  for (let row = 0; row < nearest.length; row++) {
    const value = nearest[row]!;
    if (value < 0) continue;
    // Where all rows left are copies of chosen ones, any will do.
    if (largest > 0 ? bin(value) >= lowest : rows.length < POOL) rows.push(row);
    else if (value > outside) outside = value;
  }
  return { rows, outside };
}

/** Greedy choices within a pool, as long as they are those that all rows would give. */
function chooseFrom(
  { rows, outside }: Pool,
  { points, width, nearest }: Pick<Points, "points" | "width" | "nearest">,
  most: number,
): number[] {
  const own = gatherRows(points, width, rows);
  const distances = Float32Array.from(rows, (row) => nearest[row]!);
  const batch: number[] = [];
  while (batch.length < most) {
    let next = 0;
    for (let i = 1; i < distances.length; i++) if (distances[i]! > distances[next]!) next = i;
    if (distances[next]! < 0 || (batch.length > 0 && distances[next]! < outside)) break;
    batch.push(rows[next]!);
    distances[next] = -1;
    shrink(distances, own, width, next);
  }
  return batch;
}

function shrink(distances: Float32Array, points: Float32Array, width: number, chosen: number): void {
  const centre = points.subarray(chosen * width, (chosen + 1) * width);
  for (let i = 0, at = 0; i < distances.length; i++, at += width) {
    const bound = distances[i]!;
    let sum = 0;
    for (let j = 0; j < width && sum < bound; j++) {
      const difference = points[at + j]! - centre[j]!;
      sum += difference * difference;
    }
    if (sum < bound) distances[i] = sum;
  }
}

async function bringUpToDate(products: MatrixProducts, all: Points, batch: readonly number[]): Promise<void> {
  const { points, width, lengths, nearest } = all;
  const centres = gatherRows(points, width, batch);
  const penalty = Float32Array.from(batch, (row) => -lengths[row]! / 2);
  for (let from = 0; from < nearest.length; from += CHUNK) {
    const part = points.subarray(from * width, (from + CHUNK) * width);
    const largest = await products.largest(part, centres, penalty, width);
    for (let i = 0; i < largest.length; i++) {
      const distance = Math.max(0, lengths[from + i]! - 2 * largest[i]!);
      if (distance < nearest[from + i]!) nearest[from + i] = distance;
    }
  }
  for (const row of batch) nearest[row] = -1;
}

/** Sparse random signs (Achlioptas 2003) from a fixed seed: the same bank gives the same coreset. */
async function project(
  products: MatrixProducts,
  features: Float32Array,
  dimension: number,
  width: number,
): Promise<Float32Array> {
  if (width === dimension) return features;
  const random = xorshift(0x9e3779b9);
  const signs = Float32Array.from({ length: width * dimension }, () => [-1, 0, 0, 0, 0, 1][random() % 6]!);
  const rows = features.length / dimension;
  const out = new Float32Array(rows * width);
  for (let from = 0; from < rows; from += CHUNK) {
    const part = features.subarray(from * dimension, (from + CHUNK) * dimension);
    out.set(await products.project(part, signs, dimension), from * width);
  }
  return out;
}

function xorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
