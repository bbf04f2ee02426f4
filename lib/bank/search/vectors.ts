/** |v|^2 of every row. @param vectors float32 row-major [rows, dimension] */
export function squaredNorms(vectors: Float32Array, dimension: number): Float32Array {
  const out = new Float32Array(vectors.length / dimension);
  // By index: `from` with a function makes an object of every number, in every frame.
  for (let row = 0, i = 0; row < out.length; row++) {
    let sum = 0;
    for (const end = i + dimension; i < end; i++) sum += vectors[i]! * vectors[i]!;
    out[row] = sum;
  }
  return out;
}

/** A copy with rows scaled to length one; a row of zeros stays zero; see `ZeroVectors`. */
export function normaliseRows(vectors: Float32Array, dimension: number): Float32Array {
  const norms = squaredNorms(vectors, dimension);
  const out = new Float32Array(vectors.length);
  for (let row = 0, i = 0; row < norms.length; row++) {
    const scale = norms[row]! > 0 ? 1 / Math.sqrt(norms[row]!) : 0;
    for (const end = i + dimension; i < end; i++) out[i] = vectors[i]! * scale;
  }
  return out;
}

/** The rows that are kept, such as the patches that a mask keeps. @param keep 1 for those that are, else 0 */
export function keptRows(keep: Uint8Array): number[] {
  return Array.from(keep.keys()).filter((row) => keep[row] === 1);
}

/** These rows one after the other. @param vectors float32 row-major [rows, dimension] */
export function gatherRows(vectors: Float32Array, dimension: number, rows: ArrayLike<number>): Float32Array {
  const out = new Float32Array(rows.length * dimension);
  for (let i = 0; i < rows.length; i++) {
    const start = rows[i]! * dimension;
    out.set(vectors.subarray(start, start + dimension), i * dimension);
  }
  return out;
}

/** What makes the largest value the smallest Euclidean distance; see `MatrixProducts.nearest`. */
export function penalties(rows: Float32Array, dimension: number): Float32Array {
  return squaredNorms(rows, dimension).map((norm) => -norm / 2);
}
