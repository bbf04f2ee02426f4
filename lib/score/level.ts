/**
 * The patch distance from which a patch is shown as suspicious: the worst that a good reference reached when it was
 * scored against the others. Without calibration (a single reference), three deviations over this image's own mean.
 * @param calibration leave-one-image-out scores of the bank's references
 * @param distances float32 [patches], masked ones 0
 */
export function suspiciousLevel(calibration: readonly number[], distances: Float32Array): number {
  if (calibration.length > 0) return Math.max(...calibration);
  let [count, sum, squares] = [0, 0, 0];
  for (const value of distances) {
    if (value === 0) continue;
    count++;
    sum += value;
    squares += value * value;
  }
  const mean = sum / Math.max(1, count);
  return mean + 3 * Math.sqrt(Math.max(0, squares / Math.max(1, count) - mean * mean));
}
