/** Random directions that distances are measured in; 64 keep them within some 15 % (Johnson-Lindenstrauss). */
const PROJECTED = 64;

/**
 * Greedy k-centre selection (PatchCore, arXiv 2106.08265, section 3.2): again and again the patch that lies farthest
 * from all chosen ones, distances measured in a random projection.
 * @param features float32 [rows, dimension]
 * @param keep share of the rows to keep, 0..1; at least one row is kept
 * @param pause awaited now and then, so that a long selection lets other work through and can be ended by throwing
 * @returns the chosen rows, ascending
 */
export async function greedyCoreset(
  features: Float32Array,
  dimension: number,
  keep: number,
  pause: () => Promise<void>,
): Promise<Int32Array> {
  const rows = features.length / dimension;
  const wanted = Math.max(1, Math.round(rows * keep));
  if (wanted >= rows) return Int32Array.from({ length: rows }, (_, row) => row);
  const width = Math.min(PROJECTED, dimension);
  const points = project(features, dimension, width);
  const nearest = new Float32Array(rows).fill(Infinity);
  const chosen = new Int32Array(wanted);
  let next = 0;
  for (let count = 0; count < wanted; count++) {
    chosen[count] = next;
    next = farthestAfter(points, width, next, nearest);
    if (count % 64 === 63) await pause();
  }
  return chosen.sort();
}

/** Brings `nearest` (squared distance to the chosen rows) up to date with one more choice, and returns the farthest row. */
function farthestAfter(points: Float32Array, width: number, chosen: number, nearest: Float32Array): number {
  const centre = points.subarray(chosen * width, (chosen + 1) * width);
  let farthest = 0;
  for (let row = 0, at = 0; row < nearest.length; row++, at += width) {
    const bound = nearest[row]!;
    let sum = 0;
    for (let i = 0; i < width && sum < bound; i++) {
      const difference = points[at + i]! - centre[i]!;
      sum += difference * difference;
    }
    if (sum < bound) nearest[row] = sum;
    if (nearest[row]! > nearest[farthest]!) farthest = row;
  }
  return farthest;
}

/** Sparse random signs (Achlioptas 2003) from a fixed seed: the same bank gives the same coreset. */
function project(features: Float32Array, dimension: number, width: number): Float32Array {
  if (width === dimension) return features;
  const random = xorshift(0x9e3779b9);
  const signs = Float32Array.from({ length: dimension * width }, () => [-1, 0, 0, 0, 0, 1][random() % 6]!);
  const rows = features.length / dimension;
  const out = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < dimension; i++) {
      const value = features[row * dimension + i]!;
      for (let j = 0; j < width; j++) out[row * width + j]! += value * signs[i * width + j]!;
    }
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
