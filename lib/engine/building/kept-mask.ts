import type { BackboneInfo } from "../../backbone/backbone";
import { patchGrid } from "../../backbone/preprocess";
import type { RgbImage } from "../../image/rgb-image";
import { type GridMask, resample } from "../../mask/grid-mask";
import { mustFit } from "../../score/masked-distances";

/**
 * The mask that a kept frame came with, on the grid that the frame has now: one from when frames were cropped, or were
 * not, is brought to it.
 * @throws {GoldenSampleError} BAD_REQUEST where it was made for another grid still
 */
export function keptMask(mask: GridMask, image: RgbImage, info: BackboneInfo, rows: number, cols: number): GridMask {
  const other = patchGrid(image, info.resolution, { ...info, fit: info.fit === "all" ? "crop" : "all" });
  if (mask.rows === other.rows && mask.cols === other.cols && mask.data.length === other.rows * other.cols)
    return resample(mask, rows, cols);
  mustFit(mask, rows, cols);
  return mask;
}
