import { imageScore } from "../score/image-score";
import { findRegions } from "../score/regions";

/** Patches belong to the region that are this far from what is usual, as a share of the image score. */
const OF_SCORE = 0.7;

/** A part of a picture, as shares of its width and height. */
export interface Shares {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * The area that an image's score comes from.
 * @param distances float32 [patches], row-major
 * @param cols patches in a row
 * @returns undefined where no patch is at any distance
 */
export function worstRegion(distances: Float32Array, cols: number): Shares | undefined {
  const rows = distances.length / cols;
  const [worst] = findRegions(distances, rows, cols, OF_SCORE * imageScore(distances));
  if (!worst) return undefined;
  const { top, bottom, left, right } = worst;
  return {
    x: left / cols,
    y: top / rows,
    width: (right - left + 1) / cols,
    height: (bottom - top + 1) / rows,
  };
}
