import type { BackboneInfo } from "../backbone/backbone";
import { patchGrid } from "../backbone/preprocess";
import { isSameBox } from "../image/crop";
import type { RgbImage } from "../image/rgb-image";
import { type GridMask, mustFit, resample } from "../mask/grid-mask";
import { moveMask } from "../mask/move-mask";

/**
 * The mask that a kept frame came with, on the grid that the frame has now: one from when frames were cropped, or were
 * not, or before they were looked at for small defects, or in another part, or at half the resolution (as made defects try
 * a finer one), is brought to it.
 * @throws {GoldenSampleError} BAD_REQUEST where it was made for another grid still
 */
export function storedMask(mask: GridMask, image: RgbImage, info: BackboneInfo, rows: number, cols: number): GridMask {
  const { fit, smallest, resolution, crop } = info;
  if (!isSameBox(mask.area, crop)) return moveMask(mask, crop, rows, cols);
  const cropped = fit === "all" ? "crop" : "all";
  const sizes = [
    { fit, smallest },
    { fit: cropped, smallest },
    { fit, smallest: undefined },
    { fit: cropped, smallest: undefined },
  ] as const;
  const least = info.size.kind === "dynamic" ? info.size.multiple : info.patchSize;
  for (const edge of [resolution, resolution / 2]) {
    if (edge < least) continue;
    for (const size of sizes) {
      const grid = patchGrid(image, edge, { ...info, ...size });
      if (mask.rows === grid.rows && mask.cols === grid.cols && mask.data.length === grid.rows * grid.cols)
        return resample(mask, rows, cols);
    }
  }
  mustFit(mask, rows, cols);
  return mask;
}
