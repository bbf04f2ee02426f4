import { sentence } from "../../sentence";
import type { RgbImage } from "../rgb-image";
import { codesAllBlocks } from "./coded-blocks";
import { checkJpegComplete, cutOff } from "./missing";
import { withPlainHeaders } from "./plain-headers";
import { type JpegStructure, readJpegStructure } from "./structure";

/** Decodes, and rejects on any warning of the decoder. */
export type StrictDecoder = (data: Buffer, options: { useProfile: boolean }) => Promise<RgbImage>;

/**
 * Decodes a JPEG that has all of its pixels. Whether it has, its structure says and then the decoder, whose warnings tell of
 * missing rows as well as of oddities that harm nothing (a bad spectral selection by Samsung's phones, JFIF 2.01, bytes
 * before the frame header, padding before the next scan). So where it warns, it is asked again with headers of our own.
 * @param strict what decodes; CMYK is converted by its profile
 * @throws {GoldenSampleError} BAD_IMAGE, or what `strict` threw at first
 */
export async function decodeJpeg(data: Buffer, strict: StrictDecoder): Promise<RgbImage> {
  const structure = readJpegStructure(data);
  checkJpegComplete(structure);
  // The decoder works in a thread of its own while the codes are walked here.
  const decoded = decode(data, structure, strict);
  decoded.catch(() => undefined);
  if (!(await codesAllBlocks(data, structure))) throw cutOff(sentence`[rowsMissing] rows are missing`);
  return decoded;
}

async function decode(data: Buffer, structure: JpegStructure, strict: StrictDecoder): Promise<RgbImage> {
  const options = { useProfile: structure.frame?.components.length === 4 };
  try {
    return await strict(data, options);
  } catch (thrown) {
    for (const padding of ["kept", "removed"] as const) {
      const again = await strict(withPlainHeaders(data, structure, padding), options).catch(() => undefined);
      if (again !== undefined) return again;
    }
    throw thrown;
  }
}
