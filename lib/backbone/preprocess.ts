import { GoldenSampleError } from "../errors";
import { type Resizer, smallerEdgeSize } from "../image/resize";
import type { RgbImage } from "../image/rgb-image";
import type { InputSize } from "./description";

/** What a backbone wants its pixels to look like. */
export interface InputRule {
  patchSize: number;
  /** Of the pixel values divided by 255, per channel. */
  mean: readonly [number, number, number];
  standardDeviation: readonly [number, number, number];
  /** Absent: sides are multiples of the patch. */
  size?: InputSize;
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
 * AnomalyDINO's preparation of an image: the smaller edge resized to `resolution` (antialiased bicubic), the right
 * and bottom cropped to a multiple of the patch, normalised. For a backbone of one fixed size the whole image is
 * resized to that, its sides' ratio given up: an inspection must not leave out a part of the picture.
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
  if (rule.size?.kind === "fixed") {
    const { height, width } = rule.size;
    return { height, width, data: await resizer.prepare(image, { ...rule, size: rule.size, crop: rule.size }) };
  }
  const size = smallerEdgeSize(image.width, image.height, resolution);
  const multiple = rule.size?.multiple ?? rule.patchSize;
  const [height, width] = [size.height, size.width].map((side) => side - (side % multiple)) as [number, number];
  if (height < 1 || width < 1) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      `A resolution of ${resolution} px is less than one patch of ${multiple} px: choose a larger resolution.`,
    );
  }
  const patches = (height / rule.patchSize) * (width / rule.patchSize);
  if (patches > MAX_PATCHES) {
    throw new GoldenSampleError(
      "BAD_IMAGE",
      `The image of ${image.width} x ${image.height} px gives ${patches} patches at ${resolution} px, more than ${MAX_PATCHES}: crop it or lower the resolution.`,
    );
  }
  return { height, width, data: await resizer.prepare(image, { ...rule, size, crop: { width, height } }) };
}
