import { type Sentence, sentence } from "../../sentence";
import { badImage } from "../bad-image";

/** How the pixels of a BMP lie in its file. */
export interface BmpHeader {
  width: number;
  height: number;
  /** The first row in the file is the topmost; usually it is the lowest. */
  topDown: boolean;
  bits: 1 | 4 | 8 | 16 | 24 | 32;
  runLength: boolean;
  /** Where the pixels begin in the file. */
  offset: number;
  /** RGB triples, for 1, 4 and 8 bits. */
  palette: Uint8Array;
  /** Where red, green and blue lie in a pixel, for 16, 24 and 32 bits. */
  channels: readonly Channel[];
}

/** A channel among the bits of a pixel. */
export interface Channel {
  /** Bits below it. */
  shift: number;
  /** Its largest value. */
  most: number;
}

const FILE_HEADER = 14;
/** OS/2 1.x; all others have Windows' fields in the same places. */
const CORE = 12;
/** Windows 3 and its successors with masks (52, 56), OS/2 2.x (64), V4 (108) and V5 (124). */
const SIZES = new Set([CORE, 40, 52, 56, 64, 108, 124]);
const OS2 = 64;
const PLAIN = 0;
const RLE8 = 1;
const RLE4 = 2;
const BITFIELDS = 3;
const OTHER_COMPRESSIONS: Record<number, Sentence> = {
  4: sentence`[bmpJpeg] JPEG compression`,
  5: sentence`[bmpPng] PNG compression`,
  6: sentence`[bmpAlphaFields] bit fields with alpha`,
  11: sentence`[bmpCmyk] CMYK colours`,
};

/**
 * Reads the header, masks and palette of a BMP; nothing is allocated by what it claims but 768 bytes of palette.
 * @throws {GoldenSampleError} BAD_IMAGE for what is cut off or of a kind that no camera writes, by name
 */
export function readBmpHeader(data: Buffer): BmpHeader {
  const cutOff = () =>
    badImage(sentence`[bmpCutOffEarly] The BMP image is cut off before its pixels begin: send the whole file.`);
  if (data.length < FILE_HEADER + 4) throw cutOff();
  const size = data.readUInt32LE(FILE_HEADER);
  if (!SIZES.has(size)) throw unread(sentence`[bmpHeader] a header of ${{ bytes: size }} bytes`);
  const end = FILE_HEADER + size;
  if (data.length < end) throw cutOff();
  const core = size === CORE;
  const rows = core ? data.readUInt16LE(20) : data.readInt32LE(22);
  const width = core ? data.readUInt16LE(18) : data.readInt32LE(18);
  const height = Math.abs(rows);
  if (width <= 0 || height === 0)
    throw badImage(
      sentence`[bmpEmpty] The BMP image has ${{ width }} x ${{ height: rows }} pixels, so there is nothing to see: check the camera.`,
    );
  const bits = data.readUInt16LE(core ? 24 : 28);
  const compression = core ? PLAIN : data.readUInt32LE(30);
  checkKind(bits, compression, size);

  const masksEnd = compression === BITFIELDS && size === 40 ? end + 12 : end;
  if (data.length < masksEnd) throw cutOff();
  const offset = data.readUInt32LE(10) || 0;
  const fields = { data, bits, start: masksEnd, entry: core ? 3 : 4, used: core ? 0 : data.readUInt32LE(46), offset };
  const palette = bits <= 8 ? readPalette(fields) : new Uint8Array();
  // Some writers leave the place of the pixels at 0: then they follow the palette.
  const pixels = offset || masksEnd + (palette.length / 3) * fields.entry;
  if (pixels < masksEnd)
    throw damaged(sentence`[bmpPixelsEarly] its pixels begin at byte ${{ byte: pixels }}, within its header`);
  if (pixels >= data.length) throw cutOff();
  return {
    width,
    height,
    topDown: rows < 0,
    bits: bits as BmpHeader["bits"],
    runLength: compression === RLE8 || compression === RLE4,
    offset: pixels,
    palette,
    channels: bits <= 8 ? [] : (compression === BITFIELDS ? readMasks(data, bits) : MASKS[bits]!).map(channelOf),
  };
}

/** Red, green and blue where a file has no masks. */
const MASKS: Record<number, readonly number[]> = {
  16: [0x7c00, 0x03e0, 0x001f],
  24: [0xff0000, 0x00ff00, 0x0000ff],
  32: [0xff0000, 0x00ff00, 0x0000ff],
};

function checkKind(bits: number, compression: number, size: number): void {
  if (![1, 4, 8, 16, 24, 32].includes(bits)) throw unread(sentence`[bmpBits] ${{ bits }} bits a pixel`);
  // OS/2 2.x has numbers of its own from here on: fax coding, and run lengths of 24 bits.
  if (compression >= BITFIELDS && size === OS2) throw unread(sentence`[bmpOs2] OS/2's compression ${{ compression }}`);
  if (compression === BITFIELDS ? bits <= 8 : compression > RLE4)
    throw unread(
      OTHER_COMPRESSIONS[compression] ?? sentence`[bmpCompression] compression ${{ compression }} of ${{ bits }} bits`,
    );
  if ((compression === RLE8 && bits !== 8) || (compression === RLE4 && bits !== 4))
    throw unread(sentence`[bmpRunLengths] run lengths of ${{ bits }} bits`);
}

/** As many colours as the header says, else as the bits can name, and never more than lie before the pixels. */
function readPalette(fields: {
  data: Buffer;
  bits: number;
  start: number;
  entry: number;
  used: number;
  offset: number;
}): Uint8Array {
  const { data, bits, start, entry, used, offset } = fields;
  if (used > 2 ** bits)
    throw damaged(sentence`[bmpColours] it claims ${{ colours: used }} colours for ${{ bits }} bits a pixel`);
  const room = Math.floor((Math.min(offset || data.length, data.length) - start) / entry);
  const count = Math.max(0, Math.min(used || 2 ** bits, room));
  const palette = new Uint8Array(count * 3);
  for (let i = 0, from = start, to = 0; i < count; i++, from += entry, to += 3) {
    palette[to] = data[from + 2]!;
    palette[to + 1] = data[from + 1]!;
    palette[to + 2] = data[from]!;
  }
  return palette;
}

/** Behind a header of 40 bytes or in a longer one: the same place. */
function readMasks(data: Buffer, bits: number): readonly number[] {
  const masks = [0, 4, 8].map((at) => data.readUInt32LE(FILE_HEADER + 40 + at));
  if (bits === 32 && masks.every((mask) => mask === 0)) return MASKS[32]!;
  for (const mask of masks) {
    const { most } = channelOf(mask);
    if (mask === 0 || mask >= 2 ** bits || (most & (most + 1)) !== 0)
      throw unread(
        sentence`[bmpMasks] bit masks ${{ masks: masks.map((one) => one.toString(16)).join(", ") }} for ${{ bits }} bits`,
      );
  }
  return masks;
}

function channelOf(mask: number): Channel {
  const shift = 31 - Math.clz32(mask & -mask);
  return { shift, most: mask >>> shift };
}

const unread = (what: Sentence) =>
  badImage(
    sentence`[bmpUnread] The BMP image has ${{ what }}, which is not read: send it with 8, 24 or 32 bits, uncompressed, or as PNG.`,
  );
const damaged = (how: Sentence) =>
  badImage(sentence`[bmpDamaged] The BMP image is damaged (${{ how }}): send the whole file.`);
