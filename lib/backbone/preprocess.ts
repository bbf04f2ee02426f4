import { GoldenSampleError } from "../errors";
import { type Resizer, smallerEdgeSize, wholePatchesSize } from "../image/resize";
import type { RgbImage } from "../image/rgb-image";
import { sentence } from "../sentence";
import type { BackboneOutput, InputSize } from "./description";
import type { Fit } from "./fit";
import { type Window, windowsOf } from "./windows";

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
  /** What the patches come from: those of vision transformers are tokens. */
  outputs?: readonly BackboneOutput[];
  /** Pixels across of the smallest defect to be found, in the camera's picture; absent: the resolution decides. */
  smallest?: number | undefined;
}

/** One normalised picture, planar: float32 [3, height, width], both sides as the backbone takes them. */
export interface InputTensor {
  height: number;
  width: number;
  data: Float32Array;
}

/** Attention grows with the square of the patches; beyond this a frame would take gigabytes. */
const MAX_PATCHES = 8192;

/** Of one run of a backbone of feature maps in a frame looked at in windows: a run is to last no more than seconds. */
const MAX_RUN_PATCHES = 4096;

/** Of a frame that is looked at in windows: its tokens and distances are whole in memory. */
const MAX_FRAME_PATCHES = 65536;

/**
 * How many times a frame is enlarged for the sake of a small defect. There is nothing more to be seen in it than its
 * own pixels, and a frame twice as large takes four times as long.
 */
const MOST_ENLARGED = 1;

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
  const { smallest } = rule;
  if (smallest !== undefined && patches > MAX_FRAME_PATCHES) {
    throw new GoldenSampleError(
      "BAD_IMAGE",
      sentence`[tooManyPatchesForDefect] The image of ${{ width: image.width }} x ${{ height: image.height }} px gives ${{ patches }} patches for defects of ${{ smallest }} px, more than ${{ most: MAX_FRAME_PATCHES }}: crop it, or set the bank to a larger smallest defect.`,
    );
  }
  if (smallest === undefined && rule.size?.kind !== "fixed" && patches > MAX_PATCHES) {
    throw new GoldenSampleError(
      "BAD_IMAGE",
      sentence`[tooManyPatches] The image of ${{ width: image.width }} x ${{ height: image.height }} px gives ${{ patches }} patches at ${{ resolution }} px, more than ${{ most: MAX_PATCHES }}: crop it or lower the resolution.`,
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

/**
 * How a prepared frame goes through the backbone: as one, or, where a smallest defect made it larger than the model is
 * used with, in windows of that size. Vision transformers see best what is as large as they are set to; feature maps
 * are the same at any size, and only memory bounds them.
 */
export function frameWindows(frame: Omit<InputTensor, "data">, resolution: number, rule: InputRule): Window[] {
  const { patchSize, size, outputs, smallest } = rule;
  if (size?.kind === "fixed") return windowsOf(frame, size, patchSize, size);
  const multiple = size?.multiple ?? patchSize;
  const whole = () => windowsOf(frame, frame, multiple);
  if (smallest === undefined) return whole();
  const isTransformer = outputs?.some(({ kind }) => kind === "tokens") ?? false;
  const own = Math.round(resolution / multiple) * multiple;
  // What it would be given without a smallest defect it takes as it is.
  if (isTransformer)
    return Math.min(frame.height, frame.width) <= own ? whole() : windowsOf(frame, square(own), multiple);
  if ((frame.height / patchSize) * (frame.width / patchSize) <= MAX_RUN_PATCHES) return whole();
  return windowsOf(frame, square(Math.floor(Math.sqrt(MAX_RUN_PATCHES)) * patchSize), multiple);
}

const square = (side: number) => ({ height: side, width: side });

/** What a picture is resized to, and what is kept of that. */
function preparedSize({ width, height }: Pick<RgbImage, "width" | "height">, resolution: number, rule: InputRule) {
  const scale = rule.smallest === undefined ? 0 : Math.min(MOST_ENLARGED, rule.patchSize / rule.smallest);
  const needed = Math.round(scale * Math.min(width, height));
  if (rule.size?.kind === "fixed") {
    const own = rule.size;
    if (scale * width <= own.width && scale * height <= own.height) return { size: own, crop: own };
    const size = wholePatchesSize(width, height, needed, rule.patchSize);
    // A window must have its place in it.
    const large = { width: Math.max(own.width, size.width), height: Math.max(own.height, size.height) };
    return { size: large, crop: large };
  }
  const multiple = rule.size?.multiple ?? rule.patchSize;
  if (resolution < multiple) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[resolutionTooSmall] A resolution of ${{ resolution }} px is less than one patch of ${{ patch: multiple }} px: choose a larger resolution.`,
    );
  }
  const edge = Math.max(resolution, needed);
  if (rule.fit !== "crop") {
    const size = wholePatchesSize(width, height, edge, multiple);
    return { size, crop: size };
  }
  const size = smallerEdgeSize(width, height, edge);
  return {
    size,
    crop: { width: size.width - (size.width % multiple), height: size.height - (size.height % multiple) },
  };
}
