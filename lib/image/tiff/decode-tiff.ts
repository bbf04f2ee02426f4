import { sentence } from "../../sentence";
import type { StrictDecoder } from "../jpeg/decode-jpeg";
import type { RgbImage } from "../rgb-image";
import { checkTiff, cutOff } from "./check";
import { readTiffDirectory, type TiffDirectory } from "./directory";

/** Tags that say how the pixels lie and what they mean; all others are left out of a plain directory. */
const KEPT = new Set([
  ...[256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 284, 292, 293, 317, 320, 322, 323, 324, 325, 332, 338],
  ...[339, 347, 529, 530, 531, 532, 34675],
]);

/**
 * Decodes the first picture of a TIFF or BigTIFF that has all of its pixels. The decoder warns of what is missing and of
 * oddities that harm nothing (tags that are not sorted, texts without a final NUL, tags it does not know); so where it
 * warns, it is asked again with a directory of our own that has nothing but what the pixels need.
 * @param strict what decodes; CMYK is converted by its profile
 * @throws {GoldenSampleError} BAD_IMAGE, or what `strict` threw at first
 */
export async function decodeTiff(data: Buffer, strict: StrictDecoder): Promise<RgbImage> {
  const directory = readTiffDirectory(data);
  if (directory === undefined) throw cutOff(sentence`[directoryCut] its directory is not whole`);
  const options = { useProfile: checkTiff(data, directory).cmyk };
  const image = await strict(data, options).catch(async (thrown: unknown) => {
    const again = await strict(withPlainDirectory(data, directory), options).catch(() => undefined);
    if (again !== undefined) return again;
    throw thrown;
  });
  return directory.pages > 1 ? { ...image, pages: directory.pages } : image;
}

/** The file with a sorted directory behind it; what its records point to stays where it is. */
function withPlainDirectory(data: Buffer, { big, littleEndian, entries }: TiffDirectory): Buffer {
  const kept = [...entries.values()].filter(({ tag }) => KEPT.has(tag)).sort((a, b) => a.tag - b.tag);
  const number = (value: number, bytes: 2 | 4 | 8) => {
    const out = Buffer.alloc(bytes);
    if (littleEndian) out.writeUIntLE(value, 0, Math.min(bytes, 6));
    else out.writeUIntBE(value, Math.max(0, bytes - 6), Math.min(bytes, 6));
    return out;
  };
  const start = data.length + (data.length & 1);
  const word = big ? 8 : 4;
  const head = Buffer.from(data.subarray(0, big ? 16 : 8));
  number(start, word).copy(head, big ? 8 : 4);
  const padding = Buffer.alloc(start - data.length);
  const records = kept.map(({ record }) => record);
  const end = [number(kept.length, big ? 8 : 2), ...records, Buffer.alloc(word)];
  return Buffer.concat([head, data.subarray(head.length), padding, ...end]);
}
