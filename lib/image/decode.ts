import { firstSentence, GoldenSampleError } from "../errors";
import { memoryPlan } from "../runtime/memory-plan";
import { sentence } from "../sentence";
import { badImage as bad } from "./bad-image";
import { decodeBmp } from "./bmp/decode-bmp";
import { describeBytes, type ImageFormat, sniffFormat } from "./format";
import { decodeJpeg } from "./jpeg/decode-jpeg";
import { loadSharp } from "./load-sharp";
import { ownMemory } from "./own-memory";
import { MOST_BYTES, readImageFile } from "./read-image-file";
import type { RgbImage } from "./rgb-image";
import type { ImageSource } from "./source";
import { decodeTiff } from "./tiff/decode-tiff";

/** Larger than any industrial camera's frame, small enough that the decoded pixels fit in memory. */
const LARGEST = 100_000_000;
/** Asked when an image is there: a budget that cannot be used must not keep this module from loading. */
const mostPixels = () => Math.min(LARGEST, memoryPlan()?.pixels ?? LARGEST);

/**
 * Decodes an image to upright 8-bit sRGB: EXIF orientation applied, grey spread to three channels, alpha dropped,
 * 16 bits scaled to 8, CMYK converted.
 * @throws {GoldenSampleError} BAD_IMAGE with one sentence for an empty, foreign, truncated, damaged or too large image
 */
export async function decodeImage(source: ImageSource): Promise<RgbImage> {
  if (source.kind === "raw") return fromRaw(source);
  const data = source.kind === "path" ? await readImageFile(source) : source.data;
  if (data.byteLength === 0)
    throw bad(sentence`[imageEmpty] The image is empty (0 bytes): check that the camera or file node delivers data.`);
  if (data.byteLength > MOST_BYTES)
    throw bad(
      sentence`[imageFileTooLarge] The image file has ${{ bytes: data.byteLength }} bytes, more than the ${{ most: MOST_BYTES }} allowed: send it compressed.`,
    );
  const format = sniffFormat(data);
  if (format === undefined) {
    throw bad(
      sentence`[notAnImage] The data is no image that can be read (${{ what: describeBytes(data) }}): send JPEG, PNG, WebP, TIFF, GIF, AVIF or BMP.`,
    );
  }
  try {
    if (format === "bmp") return decodeBmp(data, checkSize);
    if (format === "jpeg") return await decodeJpeg(data, fromSharp);
    if (format === "tiff") return await decodeTiff(data, fromSharp);
    const image = await fromSharp(data);
    return format === "png" ? image : await withPages(data, image);
  } catch (thrown) {
    throw thrown instanceof GoldenSampleError ? thrown : explain(thrown, format);
  }
}

/** Colour profiles are for printers and screens: the method's authors ignore them, and so do cameras' users. */
async function fromSharp(data: Buffer, { useProfile = false } = {}): Promise<RgbImage> {
  const options = { limitInputPixels: mostPixels(), failOn: "warning", ignoreIcc: !useProfile } as const;
  const { data: pixels, info } = await loadSharp()(data, options)
    .autoOrient()
    .toColourspace("srgb")
    .removeAlpha()
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  return spread(ownMemory(pixels), info.width, info.height, info.channels);
}

/** GIF, WebP and AVIF may be films. */
async function withPages(data: Buffer, image: RgbImage): Promise<RgbImage> {
  const { pages = 1 } = await loadSharp()(data, { limitInputPixels: false, failOn: "none" }).metadata();
  return pages > 1 ? { ...image, pages } : image;
}

function fromRaw({
  data,
  width,
  height,
  channels,
}: {
  data: Buffer;
  width: number;
  height: number;
  channels: number;
}): RgbImage {
  checkSize(width, height);
  return spread(data, width, height, channels);
}

function checkSize(width: number, height: number): void {
  if (width * height > mostPixels()) throw tooLarge();
}

/** Makes three channels of one, two (grey and alpha), three or four. */
function spread(pixels: Uint8Array, width: number, height: number, channels: number): RgbImage {
  if (channels === 3) return { width, height, data: pixels };
  const count = width * height;
  const data = new Uint8Array(count * 3);
  const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
  for (let i = 0, from = 0, to = 0; i < count; i++, from += channels, to += 3) {
    data[to] = pixels[from]!;
    data[to + 1] = pixels[from + green]!;
    data[to + 2] = pixels[from + blue]!;
  }
  return { width, height, data };
}

function explain(thrown: unknown, format: ImageFormat): GoldenSampleError {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  if (/pixel limit|too (large|big)/i.test(text)) return tooLarge();
  return bad(
    sentence`[imageDamaged] The ${{ format: format.toUpperCase() }} image is damaged or cut off (${{ why: firstSentence(thrown) }}): send the whole file.`,
    thrown,
  );
}

const tooLarge = () => {
  const millions = mostPixels() / 1e6;
  return bad(
    memoryPlan()
      ? sentence`[imageTooLargeForMemory] The image has more than ${{ millions }} million pixels: crop it or send it smaller, or give the engine more memory.`
      : sentence`[imageTooLarge] The image has more than ${{ millions }} million pixels: crop it or send it smaller.`,
  );
};
