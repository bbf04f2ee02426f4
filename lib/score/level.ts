import type { BankMetadata } from "../bank/memory-bank";

/**
 * The patch distance from which a patch is shown as suspicious: the level that the bank was calibrated with. Of older
 * banks, the worst that a reference scored against the others; without calibration, three deviations over this image's
 * own mean.
 * @param distances float32 [patches], masked ones 0
 */
export function suspiciousLevel(
  { calibration, patchLevel }: Pick<BankMetadata, "calibration" | "patchLevel">,
  distances: Float32Array,
): number {
  if (patchLevel) return patchLevel.level;
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
