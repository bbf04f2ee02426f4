import { type Sentence, sentence } from "../../sentence";
import { badImage } from "../bad-image";
import type { TiffDirectory } from "./directory";

/** Tags by their numbers in TIFF 6.0. */
const TAGS = {
  ...{ width: 256, height: 257, bits: 258, compression: 259, photometric: 262, stripOffsets: 273, samples: 277 },
  ...{ rowsPerStrip: 278, stripCounts: 279, planes: 284, tileWidth: 322, tileHeight: 323, tileOffsets: 324 },
  ...{ tileCounts: 325, extraSamples: 338, sampleFormat: 339 },
} as const;

/** None, fax (2 to 4), LZW, JPEG, Deflate (two numbers), PackBits, WebP. */
const COMPRESSIONS = new Set([1, 2, 3, 4, 5, 7, 8, 32946, 32773, 50001]);
const OTHER_COMPRESSIONS: Record<number, string | Sentence> = {
  6: sentence`[oldJpeg] JPEG of the old style`,
  34712: "JPEG 2000",
  34887: "LERC",
  34925: "LZMA",
  34933: "PNG",
  50000: "Zstandard",
  50002: "JPEG XL",
};
const COMPLEX = sentence`[complexValues] complex`;
const FORMATS: Record<number, Sentence> = {
  2: sentence`[signedValues] signed`,
  3: sentence`[floatingValues] floating-point`,
  5: COMPLEX,
  6: COMPLEX,
};
const [WHITE_IS_ZERO, RGB, PALETTE, CMYK, YCBCR] = [0, 2, 3, 5, 6];
const CHANNELS: Record<number, number> = { 0: 1, 1: 1, [RGB]: 3, [PALETTE]: 1, [CMYK]: 4, [YCBCR]: 3 };
const COLOURS: Record<number, string | Sentence> = {
  4: sentence`[maskColours] a mask's`,
  8: "L*a*b*",
  9: "L*a*b*",
  10: "L*a*b*",
  32803: sentence`[sensorColours] a raw sensor's`,
};
const JPEG = 7;

/**
 * Refuses by name what libtiff and libvips read wrongly or not at all, and a file without all strips or tiles of its first
 * picture. @returns whether it is CMYK
 * @throws {GoldenSampleError} BAD_IMAGE
 */
export function checkTiff(data: Buffer, { entries }: TiffDirectory): { cmyk: boolean } {
  const value = (tag: number, fallback: number) => entries.get(tag)?.number(0) ?? fallback;
  const [width, height] = [value(TAGS.width, 0), value(TAGS.height, 0)];
  if (width === 0 || height === 0)
    throw badImage(
      sentence`[tiffEmpty] The TIFF image has ${{ width }} x ${{ height }} pixels, so there is nothing to see: check the camera.`,
    );
  const samples = value(TAGS.samples, 1);
  const bits = value(TAGS.bits, 1);
  const format = FORMATS[value(TAGS.sampleFormat, 1)];
  if (format !== undefined)
    throw badImage(
      sentence`[tiffFormat] The TIFF image has ${{ format }} values of ${{ bits }} bits, whose black and white only its writer knows: scale them to 8 or 16 bits without sign.`,
    );
  if (![8, 16].includes(bits) && !([1, 2, 4].includes(bits) && samples === 1))
    throw badImage(
      sentence`[tiffBits] The TIFF image has ${{ bits }} bits a channel, which is not read: scale it to 8 or 16 bits.`,
    );
  const compression = value(TAGS.compression, 1);
  if (!COMPRESSIONS.has(compression))
    throw unread(
      sentence`[tiffCompression] is compressed by ${{ method: OTHER_COMPRESSIONS[compression] ?? sentence`[methodNumber] method ${{ number: compression }}` }}`,
    );
  const photometric = value(TAGS.photometric, WHITE_IS_ZERO);
  const channels = CHANNELS[photometric];
  if (channels === undefined)
    throw unread(
      sentence`[tiffColours] has ${{ colours: COLOURS[photometric] ?? sentence`[photometric] photometric ${{ number: photometric }}'s` }} colours`,
    );
  if (photometric === YCBCR && compression !== JPEG)
    throw unread(sentence`[tiffYcbcr] has YCbCr colours without JPEG compression`);
  const extra = entries.get(TAGS.extraSamples)?.count ?? 0;
  if (samples < channels || samples > channels + Math.max(extra, photometric === RGB ? 1 : 0) || samples > channels + 2)
    throw unread(sentence`[tiffChannels] has ${{ channels: samples }} channels`);
  if (channels === 1 && samples > 1 && ![1, 2].includes(value(TAGS.extraSamples, 0)))
    throw unread(sentence`[tiffGreyChannels] has ${{ channels: samples }} grey channels`);
  const separate = value(TAGS.planes, 1) === 2 && samples > 1;
  const tiled = entries.has(TAGS.tileOffsets);
  if (tiled && separate) throw unread(sentence`[tiffTiledPlanes] has its channels in tiles of their own`);
  const across = tiled ? Math.ceil(width / value(TAGS.tileWidth, width)) : 1;
  const rows = tiled ? value(TAGS.tileHeight, height) : value(TAGS.rowsPerStrip, height);
  const parts = across * Math.ceil(height / rows) * (separate ? samples : 1);
  checkParts(data, { entries }, tiled, parts);
  return { cmyk: photometric === CMYK };
}

/** Every strip or tile has to lie in the file, as long as it is said to be. */
function checkParts(data: Buffer, { entries }: Pick<TiffDirectory, "entries">, tiled: boolean, parts: number): void {
  const offsets = entries.get(tiled ? TAGS.tileOffsets : TAGS.stripOffsets);
  const counts = entries.get(tiled ? TAGS.tileCounts : TAGS.stripCounts);
  const missing = tiled ? sentence`[tilesMissing] tiles are missing` : sentence`[stripsMissing] strips are missing`;
  if (offsets === undefined || !(parts <= offsets.count) || parts > data.length) throw cutOff(missing);
  for (let i = 0; i < parts; i++) {
    const offset = offsets.number(i);
    // Old writers leave out the lengths of what is not compressed; the decoder finds out then.
    const length = counts === undefined ? 1 : counts.number(i);
    if (!offset || !length || offset + length > data.length) throw cutOff(missing);
  }
}

export const cutOff = (how: Sentence) =>
  badImage(sentence`[tiffCutOff] The TIFF image is damaged or cut off (${{ how }}): send the whole file.`);
const unread = (what: Sentence) =>
  badImage(
    sentence`[tiffUnread] The TIFF image ${{ what }}, which is not read: send 8 or 16 bits, grey or RGB, uncompressed or by LZW or Deflate.`,
  );
