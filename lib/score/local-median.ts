import type { GridMask } from "../mask/grid-mask";
import { median } from "../median";
import { lookedAt } from "./masked-distances";

/** Patch distances of a picture. */
export interface PictureDistances {
  /** float32 [patches], row by row; masked ones 0. */
  distances: Float32Array;
  /** What is looked at; undefined: all. */
  mask: GridMask | undefined;
  /** Patches in a row of the grid. */
  cols: number;
}

/** Of fewer neighbours a median says nothing: what a corner of the grid has in a square of five patches. */
const LEAST = 9;

/**
 * The median of what is around each patch, itself included: a median filter that knows the grid's edge and the mask.
 * @param side patches of the square around a patch, odd
 * @returns float32 [patches]; where fewer than nine of the square are looked at, the median of the whole picture
 */
export function localMedians({ distances, mask, cols }: PictureDistances, side: number): Float32Array {
  const look = mask?.data;
  const rows = distances.length / cols;
  const reach = (side - 1) / 2;
  const around = new Float32Array(side * side);
  let whole: number | undefined;
  return distances.map((_, patch) => {
    const [row, col] = [Math.floor(patch / cols), patch % cols];
    let count = 0;
    for (let y = Math.max(0, row - reach); y <= Math.min(rows - 1, row + reach); y++) {
      for (let x = Math.max(0, col - reach); x <= Math.min(cols - 1, col + reach); x++) {
        const i = y * cols + x;
        if (look === undefined || look[i] === 1) around[count++] = distances[i]!;
      }
    }
    if (count >= LEAST) return median(around.subarray(0, count));
    whole ??= pictureMedian({ distances, mask });
    return whole;
  });
}

/** The median of the patches that are looked at, 0 where there are none. */
export function pictureMedian({ distances, mask }: Pick<PictureDistances, "distances" | "mask">): number {
  const looked = lookedAt(distances, mask);
  return looked.length === 0 ? 0 : median(looked);
}
