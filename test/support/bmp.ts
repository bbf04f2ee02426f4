/** What goes into a BMP beside the fields that follow from it. */
export interface BmpParts {
  width: number;
  /** Negative: the rows lie top-down. */
  height: number;
  bits: number;
  /** Of the file, rows padded to four bytes where they are not packed. */
  pixels: Uint8Array | readonly number[];
  /** 12 (OS/2 1.x), 40, 52, 56, 64 (OS/2 2.x), 108 (V4) or 124 (V5). */
  header?: number;
  /** 1: RLE8, 2: RLE4, 3: bit fields. */
  compression?: number;
  palette?: readonly (readonly [number, number, number])[];
  /** Colours claimed; otherwise those there are. */
  used?: number;
  masks?: readonly number[];
  /** Bytes between palette and pixels. */
  gap?: number;
  /** Where the pixels are said to begin; otherwise where they do. */
  offset?: number;
}

/** A BMP file of the parts, as it stands. */
export function writeBmp(parts: BmpParts): Buffer {
  const { width, height, bits, header = 40, compression = 0, palette = [], masks = [], gap = 0 } = parts;
  const head = Buffer.alloc(14 + header);
  head.write("BM", "latin1");
  head.writeUInt32LE(header, 14);
  if (header === 12) {
    head.writeUInt16LE(width, 18);
    head.writeUInt16LE(height, 20);
    head.writeUInt16LE(1, 22);
    head.writeUInt16LE(bits, 24);
  } else {
    head.writeInt32LE(width, 18);
    head.writeInt32LE(height, 22);
    head.writeUInt16LE(1, 26);
    head.writeUInt16LE(bits, 28);
    head.writeUInt32LE(compression, 30);
    head.writeUInt32LE(parts.used ?? palette.length, 46);
  }
  const fields = Buffer.alloc(masks.length * 4);
  for (const [i, mask] of masks.entries()) fields.writeUInt32LE(mask, i * 4);
  // Longer headers have room for the masks.
  const inHeader = header >= 52;
  if (inHeader) fields.copy(head, 54);
  const colours = palette.flatMap(([r, g, b]) => (header === 12 ? [b, g, r] : [b, g, r, 0]));
  const before = [head, inHeader ? Buffer.alloc(0) : fields, Buffer.from(colours), Buffer.alloc(gap, 0x5a)];
  const body = Buffer.concat([...before, Buffer.from(parts.pixels)]);
  body.writeUInt32LE(body.length, 2);
  body.writeUInt32LE(parts.offset ?? body.length - parts.pixels.length, 10);
  return body;
}
