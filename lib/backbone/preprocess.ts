import { GoldenSampleError } from "../errors";
import { type Resizer, smallerEdgeSize } from "../image/resize";
import type { RgbImage } from "../image/rgb-image";

/** What a backbone wants its pixels to look like. */
export interface InputRule {
  patchSize: number;
  /** Of the pixel values divided by 255, per channel. */
  mean: readonly [number, number, number];
  standardDeviation: readonly [number, number, number];
}

/** One normalised picture, planar: float32 [3, height, width], both sides a multiple of the patch. */
export interface InputTensor {
  height: number;
  width: number;
  data: Float32Array;
}

/** Attention grows with the square of the patches; beyond this a frame would take gigabytes. */
export const MAX_PATCHES = 8192;

/**
 * AnomalyDINO's preparation of an image: the smaller edge resized to `resolution` (antialiased bicubic), the right
 * and bottom cropped to a multiple of the patch, normalised.
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
  const size = smallerEdgeSize(image.width, image.height, resolution);
  const rows = Math.floor(size.height / rule.patchSize);
  const cols = Math.floor(size.width / rule.patchSize);
  if (rows < 1 || cols < 1) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      `A resolution of ${resolution} px is less than one patch of ${rule.patchSize} px: choose a larger resolution.`,
    );
  }
  if (rows * cols > MAX_PATCHES) {
    throw new GoldenSampleError(
      "BAD_IMAGE",
      `The image of ${image.width} x ${image.height} px gives ${rows * cols} patches at ${resolution} px, more than ${MAX_PATCHES}: crop it or lower the resolution.`,
    );
  }
  const resized = await resizer.resize(image, size.width, size.height);
  return normalise(resized, rows * rule.patchSize, cols * rule.patchSize, rule);
}

function normalise(image: RgbImage, height: number, width: number, rule: InputRule): InputTensor {
  const plane = height * width;
  const data = new Float32Array(3 * plane);
  // 256 values a channel: a table saves two divisions a pixel and gives the same float32.
  const tables = rule.mean.map((mean, channel) =>
    Float32Array.from({ length: 256 }, (_, value) => (value / 255 - mean) / rule.standardDeviation[channel]!),
  ) as [Float32Array, Float32Array, Float32Array];
  const [red, green, blue] = tables;
  for (let y = 0, to = 0; y < height; y++) {
    let from = y * image.width * 3;
    for (let x = 0; x < width; x++, to++, from += 3) {
      data[to] = red[image.data[from]!]!;
      data[plane + to] = green[image.data[from + 1]!]!;
      data[2 * plane + to] = blue[image.data[from + 2]!]!;
    }
  }
  return { height, width, data };
}
