import { GoldenSampleError } from "../errors";
import type { GridMask } from "../mask/grid-mask";
import { sentence } from "../sentence";

/**
 * Distances with masked patches at 0, as the authors score them.
 * @throws {GoldenSampleError} BAD_BANK where one that counts is NaN or infinite: no score comes of it
 */
export function maskedDistances(distances: Float32Array, mask: GridMask | undefined): Float32Array {
  const masked = mask ? distances.map((value, i) => (mask.data[i] ? value : 0)) : distances;
  if (masked.every(Number.isFinite)) return masked;
  throw new GoldenSampleError(
    "BAD_BANK",
    sentence`[noDistance] Patches have no distance to the references (NaN or infinite): build the bank again, and check the backbone.`,
  );
}

/** The distances of the patches that are looked at. */
export function lookedAt(distances: Float32Array, mask: GridMask | undefined): Float32Array {
  return mask ? distances.filter((_, i) => mask.data[i] === 1) : distances;
}
