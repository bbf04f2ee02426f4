import type { PatchCalibration } from "../bank/memory-bank";
import { betaQuantile } from "./beta";
import { CONFIDENCE } from "./rate-interval";

/** Share of the references' patches that may lie over the level: one in a thousand. */
const PATCH_RATE = 0.001;

/** Stands for infinitely many trials: Beta(a, MANY) is then Gamma(a) / MANY. */
const MANY = 1e5;
/** Share of an image's patches that make one event, where none was seen. */
const EVENT = 0.01;

interface Top {
  distance: number;
  image: number;
}

/**
 * The patch distance from which a patch is suspicious: over all good references, each against the others, the share
 * PATCH_RATE of the patches lies above it. Never over the worst image score, so that a part that scores worse than
 * every reference always shows where.
 *
 * The share that is stated is not that one, which the level was fitted to, but what leaving each reference out of the
 * fit too gives: the mean share of its patches over the level of the others.
 * @param distances of the looked-at patches, one array a reference
 * @param scores the references' image scores, in the same order
 * @returns undefined without a patch
 */
export function patchLevel(
  distances: readonly Float32Array[],
  scores: readonly number[],
): PatchCalibration | undefined {
  const count = distances.reduce((sum, each) => sum + each.length, 0);
  if (count === 0) return undefined;
  const largest = topOf(distances, Math.floor((count + 1) * PATCH_RATE) + 1);
  const levelWithout = (image: number | undefined) => {
    const patches = image === undefined ? count : count - distances[image]!.length;
    const rank = Math.floor((patches + 1) * PATCH_RATE);
    const others = largest.filter((top) => top.image !== image);
    const worst = Math.max(...scores.filter((_, i) => i !== image));
    return Math.min(others[Math.min(rank, others.length - 1)]?.distance ?? worst, worst);
  };
  const shares = distances.map((each, image) =>
    shareOver(each, levelWithout(distances.length > 1 ? image : undefined)),
  );
  return { level: levelWithout(undefined), ...rateOf(shares) };
}

/** The largest distances of each image, all together in falling order. */
function topOf(distances: readonly Float32Array[], each: number): Top[] {
  const all = distances.flatMap((values, image) =>
    Array.from(values.slice().sort().slice(-each), (distance) => ({ distance, image })),
  );
  return all.sort((a, b) => b.distance - a.distance);
}

/**
 * Mean of the images' shares and where the true one lies. Suspicious patches come in clusters, few images have any, so
 * the mean is like that of a few events: as many as its scatter tells, with the interval of a Poisson count (Garwood
 * 1936).
 */
function rateOf(shares: readonly number[]): Omit<PatchCalibration, "level"> {
  const n = shares.length;
  const rate = shares.reduce((sum, share) => sum + share, 0) / n;
  const variance = shares.reduce((sum, share) => sum + (share - rate) ** 2, 0) / Math.max(1, n - 1);
  const tail = (1 - CONFIDENCE) / 2;
  if (rate === 0) return { rate, low: 0, high: Math.min(1, (EVENT * gammaQuantile(1 - tail, 1)) / n) };
  // Never more events than images, and a quarter of those: each fit shares most of its references with all others.
  // That is what made the interval hold on random draws of real images (test/parity).
  const events = Math.min(n, variance > 0 ? (n * rate ** 2) / variance : n) / 4;
  return {
    rate,
    low: (rate * gammaQuantile(tail, events)) / events,
    high: Math.min(1, (rate * gammaQuantile(1 - tail, events + 1)) / events),
  };
}

const gammaQuantile = (probability: number, shape: number) => MANY * betaQuantile(probability, shape, MANY);

/** The share of distances over a level. */
export function shareOver(distances: Float32Array, level: number): number {
  let over = 0;
  for (const distance of distances) if (distance > level) over++;
  return over / Math.max(1, distances.length);
}
