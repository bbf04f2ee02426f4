import { sentence } from "../../sentence";
import { badImage } from "../bad-image";
import type { RgbImage } from "../rgb-image";
import { type BmpHeader, type Channel, readBmpHeader } from "./header";
import { type RowStart, unpackRuns } from "./run-length";

/**
 * Decodes a BMP to RGB: palettes of 1, 4 and 8 bits, RLE8 and RLE4, 16, 24 and 32 bits and bit fields; Windows', OS/2's,
 * V4 and V5 headers. Alpha and colour profiles are ignored. Channels of fewer bits are scaled by 255 / (2^bits - 1),
 * rounded down, as in Pillow.
 * @param check throws where a picture of that size is not wanted, before anything is allocated
 * @throws {GoldenSampleError} BAD_IMAGE where pixels are missing or have a colour that the palette lacks, or the kind is
 *   none of these
 */
export function decodeBmp(data: Buffer, check: (width: number, height: number) => void): RgbImage {
  const header = readBmpHeader(data);
  const { width, height, topDown, bits, runLength } = header;
  check(width, height);
  const rowStart: RowStart = (row) => (topDown ? row : height - 1 - row) * width;
  if (runLength) return { width, height, data: colour(unpackRuns(data, header, rowStart), header.palette) };
  // The last row needs no padding.
  const stride = Math.ceil((width * bits) / 32) * 4;
  const needed = header.offset + stride * (height - 1) + Math.ceil((width * bits) / 8);
  if (data.length < needed)
    throw badImage(
      sentence`[bmpCutOff] The BMP image is damaged or cut off (${{ bytes: data.length }} bytes of ${{ needed }}): send the whole file.`,
    );
  return {
    width,
    height,
    data:
      bits <= 8
        ? colour(unpackIndices(data, header, stride, rowStart), header.palette)
        : unpackColours(data, header, stride, rowStart),
  };
}

/** One colour index a pixel, of bytes that hold one, two or eight. */
function unpackIndices(data: Buffer, header: BmpHeader, stride: number, rowStart: RowStart): Uint8Array {
  const { width, height, bits, offset } = header;
  const out = new Uint8Array(width * height);
  const [perByte, last] = [8 / bits, 2 ** bits - 1];
  for (let row = 0; row < height; row++) {
    const from = offset + row * stride;
    const to = rowStart(row);
    if (bits === 8) out.set(data.subarray(from, from + width), to);
    else
      for (let x = 0; x < width; x++)
        out[to + x] = (data[from + Math.floor(x / perByte)]! >> (8 - bits * ((x % perByte) + 1))) & last;
  }
  return out;
}

function colour(indices: Uint8Array, palette: Uint8Array): Uint8Array {
  const out = new Uint8Array(indices.length * 3);
  const colours = palette.length / 3;
  for (let i = 0, to = 0; i < indices.length; i++, to += 3) {
    const index = indices[i]!;
    if (index >= colours)
      throw badImage(
        sentence`[bmpPalette] The BMP image is damaged (a pixel has colour ${{ colour: index }} of a palette of ${{ colours }}): send it with its whole palette.`,
      );
    out[to] = palette[index * 3]!;
    out[to + 1] = palette[index * 3 + 1]!;
    out[to + 2] = palette[index * 3 + 2]!;
  }
  return out;
}

function unpackColours(data: Buffer, header: BmpHeader, stride: number, rowStart: RowStart): Uint8Array {
  const { width, height, bits, offset, channels } = header;
  const out = new Uint8Array(width * height * 3);
  const bytes = bits / 8;
  const [red, green, blue] = channels as [Channel, Channel, Channel];
  const inBytes = channels.every(({ shift, most }) => shift % 8 === 0 && most === 255);
  for (let row = 0; row < height; row++) {
    let from = offset + row * stride;
    let to = rowStart(row) * 3;
    for (let x = 0; x < width; x++, from += bytes, to += 3) {
      if (inBytes) {
        out[to] = data[from + red.shift / 8]!;
        out[to + 1] = data[from + green.shift / 8]!;
        out[to + 2] = data[from + blue.shift / 8]!;
      } else {
        const pixel = data.readUIntLE(from, bytes);
        out[to] = level(pixel, red);
        out[to + 1] = level(pixel, green);
        out[to + 2] = level(pixel, blue);
      }
    }
  }
  return out;
}

const level = (pixel: number, { shift, most }: Channel) =>
  Math.floor(((((pixel >>> shift) & most) >>> 0) * 255) / most);
