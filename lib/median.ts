/** The middle of some numbers, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[] | Float32Array): number {
  const sorted = Float64Array.from(values).sort();
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

/** Of a normal distribution: standard deviations in one median absolute deviation. */
const SIGMA = 1.4826;

/**
 * Middle and spread that a few outliers leave alone: the median, and the median absolute deviation from it, scaled to
 * the standard deviation of a normal distribution.
 */
export function robustSpread(values: readonly number[]): { middle: number; deviation: number } {
  const middle = median(values);
  return { middle, deviation: SIGMA * median(values.map((value) => Math.abs(value - middle))) };
}
