import { type InTurn, inPieces } from "../in-pieces";

/** Affine map that makes the bank's own features uncorrelated: y = (x - mean) x matrix. */
export interface Whitening {
  /** float32 [dimension] */
  mean: Float32Array;
  /** float32 [dimension, dimension], row-major */
  matrix: Float32Array;
}

/** Count, sum and sum of outer products of some tokens: all that whitening needs of them. They add up. */
export interface TokenMoments {
  count: number;
  /** [dimension] */
  sum: Float64Array;
  /** [dimension, dimension], of t t^T; only the lower triangle is filled. */
  outer: Float64Array;
}

/** Numbers whitened at a time. */
const PIECE = 1 << 16;

const SHRINKAGE = 0.1;
const ANCHOR = 0.75;
/** Enough to leave all directions of more than a few times the least variance behind. */
const ANCHOR_STEPS = 8;
/** Keeps features that never change finite. */
const LEAST_VARIANCE = 1e-8;

/**
 * Learns to whiten tokens by the statistics of a bank.
 * @param tokens float32 row-major [count, dimension]
 */
export function fitWhitening(tokens: Float32Array, dimension: number): Whitening {
  return whiteningFromMoments(momentsOf(tokens, dimension));
}

/** @param tokens float32 row-major [count, dimension] */
export function momentsOf(tokens: Float32Array, dimension: number): TokenMoments {
  const sum = new Float64Array(dimension);
  const outer = new Float64Array(dimension * dimension);
  for (let start = 0; start < tokens.length; start += dimension) {
    for (let i = 0; i < dimension; i++) {
      const value = tokens[start + i]!;
      sum[i]! += value;
      for (let j = 0, at = i * dimension; j <= i; j++) outer[at + j]! += value * tokens[start + j]!;
    }
  }
  return { count: tokens.length / dimension, sum, outer };
}

/** The moments of all tokens together. Leaving one reference out is adding up the others. */
export function addMoments(parts: readonly TokenMoments[]): TokenMoments {
  const dimension = parts[0]?.sum.length ?? 0;
  const all = { count: 0, sum: new Float64Array(dimension), outer: new Float64Array(dimension * dimension) };
  for (const { count, sum, outer } of parts) {
    all.count += count;
    for (let i = 0; i < sum.length; i++) all.sum[i]! += sum[i]!;
    for (let i = 0; i < outer.length; i++) all.outer[i]! += outer[i]!;
  }
  return all;
}

/** How to fit; the defaults are what banks use. */
export interface WhiteningOptions {
  /** Share of the mean variance added to all directions: those with next to none are noise, not to be blown up. */
  shrinkage?: number;
  /** Length of the anchor, as a share of the whitened tokens' root mean square length; see `whiteningFromMoments`. */
  anchor?: number;
}

/**
 * Cholesky whitening: with C = L L^T the (shrunk) covariance, W = L^-1 gives tokens of identity covariance. Cosine and
 * Euclidean distances come out the same as with PCA or ZCA whitening, which differ from it by a rotation only.
 *
 * An anchor is added to all whitened tokens, along the direction in which the bank varies least. A patch near the
 * bank's mean has no direction of its own but noise, and cosine would call it an anomaly; with a constant part in
 * every token it is close to its neighbours, as it should be. The anchor is part of the returned mean.
 */
export function whiteningFromMoments(moments: TokenMoments, options: WhiteningOptions = {}): Whitening {
  const { shrinkage = SHRINKAGE, anchor = ANCHOR } = options;
  const dimension = moments.sum.length;
  const count = Math.max(1, moments.count);
  const mean = moments.sum.map((sum) => sum / count);
  const covariance = moments.outer.map((product, i) => {
    const [row, col] = [Math.floor(i / dimension), i % dimension];
    return col > row ? 0 : product / count - mean[row]! * mean[col]!;
  });
  let variance = 0;
  for (let i = 0; i < dimension; i++) variance += Math.max(0, covariance[i * (dimension + 1)]!) / dimension;
  const added = shrinkage * variance + LEAST_VARIANCE;
  for (let i = 0; i < dimension; i++) covariance[i * (dimension + 1)]! += added;
  const inverse = invertLower(cholesky(covariance, dimension, added), dimension);
  const shift = anchorShift(inverse, dimension, added, anchor);
  return {
    mean: Float32Array.from(mean, (value, i) => value - shift[i]!),
    matrix: Float32Array.from(transpose(inverse, dimension)),
  };
}

/** What, added to a token before whitening, adds the anchor after it. */
function anchorShift(inverse: Float64Array, dimension: number, added: number, anchor: number): Float64Array {
  // Power iteration with C^-1 = W^T W; any direction among those of least variance will do.
  let axis: Float64Array = new Float64Array(dimension).fill(1);
  let white = axis;
  for (let step = 0; step < ANCHOR_STEPS; step++) {
    white = multiply(inverse, axis, dimension);
    axis = unit(multiplyTransposed(inverse, white, dimension));
  }
  white = multiply(inverse, axis, dimension);
  // The mean square length of the whitened tokens is the trace of W (C - added) W^T.
  const frobenius = inverse.reduce((sum, value) => sum + value * value, 0);
  const length = anchor * Math.sqrt(Math.max(0, dimension - added * frobenius));
  const scale = length / (Math.hypot(...white) || 1);
  return axis.map((value) => value * scale);
}

/**
 * (token - mean) x matrix, for every token.
 * @param values float32 row-major [count, dimension]; left as they are
 */
export function applyWhitening(values: Float32Array, { mean, matrix }: Whitening): Float32Array {
  const dimension = mean.length;
  const out = new Float32Array(values.length);
  const row = new Float64Array(dimension);
  for (let start = 0; start < values.length; start += dimension) {
    row.fill(0);
    for (let i = 0; i < dimension; i++) {
      const value = values[start + i]! - mean[i]!;
      // The matrix is upper triangular.
      for (let j = i, at = i * dimension; j < dimension; j++) row[j]! += value * matrix[at + j]!;
    }
    out.set(row, start);
  }
  return out;
}

/** `applyWhitening` to a large bank. */
export async function whitenInPieces(values: Float32Array, whitening: Whitening, inTurn?: InTurn) {
  const dimension = whitening.mean.length;
  const out = new Float32Array(values.length);
  const whiten = (from: number, to: number) =>
    out.set(applyWhitening(values.subarray(from * dimension, to * dimension), whitening), from * dimension);
  await inPieces(values.length / dimension, Math.ceil(PIECE / dimension), whiten, inTurn);
  return out;
}

/** L of C = L L^T from C's lower triangle; a pivot that rounding made too small is lifted to `least`. */
function cholesky(matrix: Float64Array, size: number, least: number): Float64Array {
  const lower = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let col = 0; col <= row; col++) {
      let value = matrix[row * size + col]!;
      for (let i = 0; i < col; i++) value -= lower[row * size + i]! * lower[col * size + i]!;
      lower[row * size + col] = row === col ? Math.sqrt(Math.max(value, least)) : value / lower[col * (size + 1)]!;
    }
  }
  return lower;
}

function invertLower(lower: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size);
  for (let col = 0; col < size; col++) {
    inverse[col * (size + 1)] = 1 / lower[col * (size + 1)]!;
    for (let row = col + 1; row < size; row++) {
      let value = 0;
      for (let i = col; i < row; i++) value -= lower[row * size + i]! * inverse[i * size + col]!;
      inverse[row * size + col] = value / lower[row * (size + 1)]!;
    }
  }
  return inverse;
}

function transpose(matrix: Float64Array, size: number): Float64Array {
  return matrix.map((_, i) => matrix[(i % size) * size + Math.floor(i / size)]!);
}

function multiply(lower: Float64Array, vector: Float64Array, size: number): Float64Array {
  const out = new Float64Array(size);
  for (let row = 0; row < size; row++) {
    for (let col = 0; col <= row; col++) out[row]! += lower[row * size + col]! * vector[col]!;
  }
  return out;
}

function multiplyTransposed(lower: Float64Array, vector: Float64Array, size: number): Float64Array {
  const out = new Float64Array(size);
  for (let row = 0; row < size; row++) {
    for (let col = 0; col <= row; col++) out[col]! += lower[row * size + col]! * vector[row]!;
  }
  return out;
}

function unit(vector: Float64Array): Float64Array {
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / (norm || 1));
}
