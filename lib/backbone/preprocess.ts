import { GoldenSampleError } from "../errors";
import { type Resizer, smallerEdgeSize, wholePatchesSize } from "../image/resize";
import type { RgbImage } from "../image/rgb-image";
import type { InputSize } from "./description";
import type { Fit } from "./fit";

/** What a backbone wants its pixels to look like. */
export interface InputRule {
  patchSize: number;
  /** Of the pixel values divided by 255, per channel. */
  mean: readonly [number, number, number];
  standardDeviation: readonly [number, number, number];
  /** Absent: sides are multiples of the patch. */
  size?: InputSize;
  /** Absent: `all`. */
  fit?: Fit;
}

/** One normalised picture, planar: float32 [3, height, width], both sides as the backbone takes them. */
export interface InputTensor {
  height: number;
  width: number;
  data: Float32Array;
}

/** Attention grows with the square of the patches; beyond this a frame would take gigabytes. */
export const MAX_PATCHES = 8192;

/**
 * Prepares an image: the smaller edge resized to `resolution` (antialiased bicubic), both sides to a whole number of
 * patches, normalised. With the fit `all` each side goes to the nearest multiple of the patch, by which their ratio
 * changes by half a patch at most: an inspection must not leave out a part of the picture. With `crop` what is over at
 * the right and the bottom is cut off, up to a patch less a pixel (AnomalyDINO's own preparation). For a backbone of one
 * fixed size the whole image is resized to that, its sides' ratio given up.
 * @param resolution pixels of the smaller edge
 * @throws {GoldenSampleError} BAD_IMAGE where the picture is so long that it would give more than MAX_PATCHES patches,
 *   or BAD_REQUEST where the resolution is less than one patch
 */
export async function preprocess(
  image: RgbImage,
  resolution: number,
  rule: InputRule,
  resizer: Resizer,
): Promise<InputTensor> {
  const { size, crop } = preparedSize(image, resolution, rule);
  const { height, width } = crop;
  const patches = (height / rule.patchSize) * (width / rule.patchSize);
  if (rule.size?.kind !== "fixed" && patches > MAX_PATCHES) {
    throw new GoldenSampleError(
      "BAD_IMAGE",
      `The image of ${image.width} x ${image.height} px gives ${patches} patches at ${resolution} px, more than ${MAX_PATCHES}: crop it or lower the resolution.`,
    );
  }
  return { height, width, data: await resizer.prepare(image, { ...rule, size, crop }) };
}

/** The grid of patches that a picture of this size comes to. @throws {GoldenSampleError} BAD_REQUEST */
export function patchGrid(
  picture: Pick<RgbImage, "width" | "height">,
  resolution: number,
  rule: InputRule,
): { rows: number; cols: number } {
  const { height, width } = preparedSize(picture, resolution, rule).crop;
  return { rows: height / rule.patchSize, cols: width / rule.patchSize };
}

/** What a picture is resized to, and what is kept of that. */
function preparedSize({ width, height }: Pick<RgbImage, "width" | "height">, resolution: number, rule: InputRule) {
  if (rule.size?.kind === "fixed") return { size: rule.size, crop: rule.size };
  const multiple = rule.size?.multiple ?? rule.patchSize;
  if (resolution < multiple) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      `A resolution of ${resolution} px is less than one patch of ${multiple} px: choose a larger resolution.`,
    );
  }
  if (rule.fit !== "crop") {
    const size = wholePatchesSize(width, height, resolution, multiple);
    return { size, crop: size };
  }
  const size = smallerEdgeSize(width, height, resolution);
  return {
    size,
    crop: { width: size.width - (size.width % multiple), height: size.height - (size.height % multiple) },
  };
}
