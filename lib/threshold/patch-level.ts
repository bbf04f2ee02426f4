import type { PatchCalibration } from "../bank/memory-bank";
import { CONFIDENCE } from "./rate-interval";
import { studentQuantile } from "./student";

/** Share of a good part's patches that may lie over the level: one in a thousand. */
export const PATCH_RATE = 0.001;

/**
 * The patch distance from which a patch is suspicious: over all good references, each against the others, the share
 * PATCH_RATE of the patches lies above it. Never over the worst image score, so that a part that scores worse than
 * every reference always shows where.
 *
 * Patches of one image are not independent, so the interval of the rate is that of a mean over images (Student's t).
 * @param distances of the looked-at patches, one array a reference
 * @param scores the references' image scores
 * @returns undefined without a patch
 */
export function patchLevel(
  distances: readonly Float32Array[],
  scores: readonly number[],
): PatchCalibration | undefined {
  const count = distances.reduce((sum, each) => sum + each.length, 0);
  if (count === 0) return undefined;
  const all = new Float32Array(count);
  let at = 0;
  for (const each of distances) {
    all.set(each, at);
    at += each.length;
  }
  all.sort();
  const rank = Math.min(count, Math.ceil((count + 1) * (1 - PATCH_RATE)));
  const level = Math.min(all[rank - 1]!, Math.max(...scores));
  return { level, ...rateOver(distances, level) };
}

/** The share of a reference's patches over a level, its mean over the references and where the true one lies. */
function rateOver(distances: readonly Float32Array[], level: number): Omit<PatchCalibration, "level"> {
  const shares = distances.filter((each) => each.length > 0).map((each) => shareOver(each, level));
  const n = shares.length;
  const rate = shares.reduce((sum, share) => sum + share, 0) / n;
  if (n < 2) return { rate, low: 0, high: 1 };
  const variance = shares.reduce((sum, share) => sum + (share - rate) ** 2, 0) / (n - 1);
  const reach = studentQuantile((1 + CONFIDENCE) / 2, n - 1) * Math.sqrt(variance / n);
  return { rate, low: Math.max(0, rate - reach), high: Math.min(1, rate + reach) };
}

/** The share of distances over a level. */
export function shareOver(distances: Float32Array, level: number): number {
  let over = 0;
  for (const distance of distances) if (distance > level) over++;
  return over / Math.max(1, distances.length);
}
