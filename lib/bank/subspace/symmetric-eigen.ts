import { GoldenSampleError } from "../../errors";
import { sentence } from "../../sentence";

/** Eigenvalues, largest first, and their eigenvectors. */
export interface Eigen {
  values: Float64Array;
  /** float64 [size, size]: a unit eigenvector a row. */
  vectors: Float64Array;
}

/** QL steps for one eigenvalue; three are usual, and more than 30 are for no matrix of finite numbers. */
const MOST_STEPS = 60;
/** The smallest number of full precision. */
const LEAST = 2 ** -1022;

/**
 * All eigenvalues and eigenvectors of a symmetric matrix: Householder's reduction to three diagonals, then QL steps with
 * implicit shifts (Golub & Van Loan, Matrix Computations, chapter 8). About 9 size^3 operations.
 * @param matrix float64 row-major [size, size]; left as it is
 * @throws {GoldenSampleError} BAD_BANK where a number of it is not finite, or no end is found
 */
export function symmetricEigen(matrix: Float64Array, size: number): Eigen {
  if (!matrix.every(Number.isFinite)) throw endless();
  const work = matrix.slice();
  const diagonal = new Float64Array(size);
  const beside = new Float64Array(size);
  const vectors = tridiagonalise(work, size, diagonal, beside);
  // What is less beside the diagonal is rounding; of a matrix of nothing else the steps would never be rid of it.
  const largest = diagonal.reduce((most, value, i) => Math.max(most, Math.abs(value) + Math.abs(beside[i]!)), 0);
  const least = Math.max(LEAST, Number.EPSILON * largest);
  for (let at = 0; at < size; at++) isolate(at, diagonal, beside, vectors, least);
  const order = Array.from(diagonal.keys()).sort((a, b) => diagonal[b]! - diagonal[a]!);
  const sorted = new Float64Array(vectors.length);
  for (const [to, from] of order.entries()) sorted.set(vectors.subarray(from * size, (from + 1) * size), to * size);
  return { values: Float64Array.from(order, (from) => diagonal[from]!), vectors: sorted };
}

/** @returns Q^T of matrix = Q T Q^T; T's diagonals go to `diagonal` and `beside` (one shorter) */
function tridiagonalise(a: Float64Array, size: number, diagonal: Float64Array, beside: Float64Array): Float64Array {
  const mirrors: Float64Array[] = [];
  for (let k = 0; k < size - 1; k++) {
    diagonal[k] = a[k * size + k]!;
    const { mirror, length } = mirrorOf(a, size, k);
    beside[k] = length;
    mirrors.push(mirror);
    reflectBothSides(a, size, k + 1, mirror);
  }
  diagonal[size - 1] = a[size * size - 1]!;
  const q = new Float64Array(size * size);
  for (let i = 0; i < size; i++) q[i * (size + 1)] = 1;
  for (let i = 0; i < size - 1; i++) reflectRows(q, size, size - 1 - i, mirrors[size - 2 - i]!);
  return transpose(q, size);
}

/** The unit vector whose mirror turns column k below the diagonal into one number, its length with a sign. */
function mirrorOf(a: Float64Array, size: number, k: number): { mirror: Float64Array; length: number } {
  const mirror = Float64Array.from({ length: size - k - 1 }, (_, i) => a[(k + 1 + i) * size + k]!);
  const norm = Math.hypot(...mirror);
  const length = mirror[0]! > 0 ? -norm : norm;
  mirror[0]! -= length;
  const own = Math.hypot(...mirror);
  return { mirror: own > 0 ? mirror.map((value) => value / own) : mirror, length };
}

/** A -> H A H with H = 1 - 2 v v^T, on the block from `start` on. */
function reflectBothSides(a: Float64Array, size: number, start: number, v: Float64Array): void {
  const w = new Float64Array(v.length);
  let along = 0;
  for (let i = 0; i < v.length; i++) {
    let sum = 0;
    for (let j = 0, at = (start + i) * size + start; j < v.length; j++) sum += a[at + j]! * v[j]!;
    w[i] = sum;
    along += sum * v[i]!;
  }
  for (let i = 0; i < v.length; i++) w[i]! -= along * v[i]!;
  for (let i = 0; i < v.length; i++) {
    const [vi, wi] = [2 * v[i]!, 2 * w[i]!];
    for (let j = 0, at = (start + i) * size + start; j < v.length; j++) a[at + j]! -= vi * w[j]! + wi * v[j]!;
  }
}

/** Q -> H Q, on the rows from `start` on. */
function reflectRows(q: Float64Array, size: number, start: number, v: Float64Array): void {
  const along = new Float64Array(size);
  for (let i = 0; i < v.length; i++) {
    for (let j = 0, at = (start + i) * size; j < size; j++) along[j]! += v[i]! * q[at + j]!;
  }
  for (let i = 0; i < v.length; i++) {
    for (let j = 0, at = (start + i) * size; j < size; j++) q[at + j]! -= 2 * v[i]! * along[j]!;
  }
}

/** QL steps until the eigenvalue at `at` stands alone. */
function isolate(at: number, d: Float64Array, e: Float64Array, vectors: Float64Array, least: number): void {
  const size = d.length;
  let steps = 0;
  for (let end = blockEnd(at, d, e, least); end > at; end = blockEnd(at, d, e, least)) {
    if (++steps > MOST_STEPS) throw endless();
    const half = (d[at + 1]! - d[at]!) / (2 * e[at]!);
    let shifted = d[end]! - d[at]! + e[at]! / (half + Math.sign(half || 1) * Math.hypot(half, 1));
    let [sine, cosine, carried] = [1, 1, 0];
    let split = false;
    for (let i = end - 1; i >= at; i--) {
      const [f, b] = [sine * e[i]!, cosine * e[i]!];
      const r = Math.hypot(f, shifted);
      e[i + 1] = r;
      if (r === 0) {
        d[i + 1]! -= carried;
        e[end] = 0;
        split = true;
        break;
      }
      [sine, cosine] = [f / r, shifted / r];
      const before = d[i + 1]! - carried;
      const turn = (d[i]! - before) * sine + 2 * cosine * b;
      carried = sine * turn;
      d[i + 1] = before + carried;
      shifted = cosine * turn - b;
      rotate(vectors, size, i, sine, cosine);
    }
    if (split) continue;
    d[at]! -= carried;
    e[at] = shifted;
    e[end] = 0;
  }
}

/** The last row of the block that hangs together from `at` on. */
function blockEnd(at: number, d: Float64Array, e: Float64Array, least: number): number {
  let end = at;
  const together = (i: number) =>
    Math.abs(e[i]!) > Math.max(least, Number.EPSILON * (Math.abs(d[i]!) + Math.abs(d[i + 1]!)));
  while (end < d.length - 1 && together(end)) end++;
  return end;
}

function rotate(vectors: Float64Array, size: number, row: number, sine: number, cosine: number): void {
  for (let at = row * size, end = at + size; at < end; at++) {
    const [upper, lower] = [vectors[at]!, vectors[at + size]!];
    vectors[at + size] = sine * upper + cosine * lower;
    vectors[at] = cosine * upper - sine * lower;
  }
}

function transpose(matrix: Float64Array, size: number): Float64Array {
  return matrix.map((_, i) => matrix[(i % size) * size + Math.floor(i / size)]!);
}

const endless = () =>
  new GoldenSampleError(
    "BAD_BANK",
    sentence`[noDirections] The directions in which the references vary cannot be computed: check that the references are pictures of parts, or set the scorer to nearest.`,
  );
