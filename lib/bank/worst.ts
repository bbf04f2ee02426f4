/**
 * A larger grid counts as one of so many patches: AnomalyDINO's own rule up to its larger resolution of 672 px, 48 x 48
 * patches. Of frames of 2000 px the worst 1 % are an area in which a small defect drowns.
 */
const LARGEST = 2304;
/**
 * The same where frames are looked at for small defects: the grid of a frame of 320 px and patches of 16, of which four
 * count, as many as a defect of the size of a patch touches. Measured on frames of 2000 px (bench/LOG.md).
 */
const SMALL = 400;

/**
 * Of how many patches a new bank takes the worst 1 % at most.
 * @param smallest the bank's smallest defect
 */
export function mostCounted(smallest: number | undefined): number {
  return smallest === undefined ? LARGEST : SMALL;
}

/**
 * How many patches make an image's score: the worst 1 % of its whole grid, one at least (AnomalyDINO, section 3.1).
 * @param patches of the grid, masked ones included
 * @param most a larger grid counts as one of so many patches; absent: however large, as older banks have it
 * @param share of the patches that are the worst, in place of the paper's
 */
export function worstCount(patches: number, most = Number.POSITIVE_INFINITY, share = 0.01): number {
  return Math.max(1, Math.floor(Math.min(patches, most) * share));
}

/**
 * The mean of as many of the largest, a tail value at risk.
 * @param distances float32 [patches], masked ones 0
 * @param most and `share` as `worstCount` has them
 */
export function worstMean(distances: Float32Array, most?: number, share?: number): number {
  return largestMean(distances, worstCount(distances.length, most, share));
}

/** The mean of `count` of the largest. */
export function largestMean(values: Float32Array, count: number): number {
  const sorted = values.slice().sort();
  let sum = 0;
  for (let i = Math.max(0, sorted.length - count); i < sorted.length; i++) sum += sorted[i]!;
  return sum / count;
}
