import type { BackboneInfo } from "../backbone/backbone";
import { isSameBox } from "../image/crop";
import { type GridMask, mustFit, resample } from "../mask/grid-mask";
import { moveMask } from "../mask/move-mask";

/**
 * The mask that a kept frame came with, on the grid that the frame has now: the backbone, its resolution, the smallest
 * defect or the part that is looked at may have been others when it was drawn, and the regions are where they were.
 * @param image the size of what is looked at of the frame, in pixels
 * @throws {GoldenSampleError} BAD_REQUEST where it is no grid of a picture of this shape
 */
export function storedMask(
  mask: GridMask,
  image: { width: number; height: number },
  { crop }: BackboneInfo,
  rows: number,
  cols: number,
): GridMask {
  if (isSameBox(mask.area, crop) && !isShapedLike(mask, image)) mustFit(mask, rows, cols);
  return broughtTo(mask, crop, rows, cols);
}

/** A mask on the grid that a frame, or the part of it that is looked at, has now, whatever grid it was drawn on. */
export function broughtTo(mask: GridMask, crop: BackboneInfo["crop"], rows: number, cols: number): GridMask {
  return isSameBox(mask.area, crop) ? resample(mask, rows, cols) : moveMask(mask, crop, rows, cols);
}

/** Patches are square, and what is left of one at the end of a row or column is cut off or stretched to a whole. */
function isShapedLike({ rows, cols, data }: GridMask, { width, height }: { width: number; height: number }): boolean {
  return data.length === rows * cols && Math.abs(rows * width - cols * height) < Math.max(width, height);
}
