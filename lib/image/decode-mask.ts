import { decodeImage } from "./decode";
import { loadSharp } from "./load-sharp";
import { readImageFile } from "./read-image-file";

/** Where a mask's pixels are above 0. */
export interface PixelMask {
  width: number;
  height: number;
  /** 0 or 1, row-major: uint8 [height * width]. */
  data: Uint8Array;
}

/**
 * Reads a mask's file, upright: 1 where any colour channel is above 0, however many bits it has. As an image a 16-bit
 * file is scaled to 8 bits, and 255 of 65535, which many tools write for "defect", would be 0.
 * @throws {GoldenSampleError} BAD_IMAGE as `decodeImage`
 */
export async function decodeMask(path: string): Promise<PixelMask> {
  // Refuses what cannot be read, in one sentence.
  const { width, height, data } = await decodeImage({ kind: "path", path });
  return marked((await deepPixels(path)) ?? data, width, height);
}

/** The colour channels of a 16-bit file as they are; undefined for all others. */
async function deepPixels(path: string): Promise<Uint16Array | undefined> {
  const file = await readImageFile({ kind: "path", path });
  const { depth } = await loadSharp()(file)
    .metadata()
    .catch(() => ({ depth: undefined }));
  if (depth !== "ushort") return undefined;
  const { data } = await loadSharp()(file)
    .autoOrient()
    .toColourspace("rgb16")
    .removeAlpha()
    .raw({ depth: "ushort" })
    .toBuffer({ resolveWithObject: true });
  return new Uint16Array(new Uint8Array(data).buffer);
}

/** @param pixels [height * width * channels] */
function marked(pixels: Uint8Array | Uint16Array, width: number, height: number): PixelMask {
  const data = new Uint8Array(width * height);
  const channels = pixels.length / data.length;
  for (let i = 0; i < pixels.length; i++) if (pixels[i] !== 0) data[Math.floor(i / channels)] = 1;
  return { width, height, data };
}
