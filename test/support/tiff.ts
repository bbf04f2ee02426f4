/** Numbers of a tag, as SHORT (3), LONG (4) or in BigTIFF LONG8 (16); ASCII (2) are bytes. */
export type TiffTag = readonly [tag: number, type: 2 | 3 | 4, values: readonly number[]];

export interface TiffParts {
  width: number;
  height: number;
  /** The strips (or tiles), in order. */
  strips: readonly Uint8Array[];
  /** Besides width, height, strips and their lengths; one of the same number takes its place. */
  tags: readonly TiffTag[];
  big?: boolean;
  bigEndian?: boolean;
  /** The tags' order in the file; otherwise by number. */
  order?: (a: TiffTag, b: TiffTag) => number;
  tiled?: boolean;
}

const SIZES = { 2: 1, 3: 2, 4: 4 } as const;

/** A TIFF or BigTIFF of one picture: strips, then the values that need room, then the directory. */
export function writeTiff(parts: TiffParts): Buffer {
  const { width, height, strips, tags, big = false, bigEndian = false, tiled = false } = parts;
  const word = big ? 8 : 4;
  const number = (value: number, bytes: number) => {
    const out = Buffer.alloc(bytes);
    for (let i = 0, left = value; i < bytes; i++, left = Math.floor(left / 256))
      out[bigEndian ? bytes - 1 - i : i] = left % 256;
    return out;
  };
  let length = big ? 16 : 8;
  const body: Buffer[] = [];
  const append = (bytes: Uint8Array) => {
    const at = length;
    body.push(Buffer.from(bytes), Buffer.alloc(bytes.length & 1));
    length += bytes.length + (bytes.length & 1);
    return at;
  };
  const offsets = strips.map((strip) => append(strip));
  const own: TiffTag[] = [
    [256, 4, [width]],
    [257, 4, [height]],
    [tiled ? 324 : 273, 4, offsets],
    [tiled ? 325 : 279, 4, strips.map((strip) => strip.length)],
  ];
  const all = [...own.filter(([tag]) => !tags.some(([other]) => other === tag)), ...tags];
  all.sort(parts.order ?? ((a, b) => a[0] - b[0]));
  const records = all.map(([tag, type, values]) => {
    const data = Buffer.concat(values.map((value) => number(value, SIZES[type])));
    const inline = data.length <= word ? Buffer.concat([data, Buffer.alloc(word - data.length)]) : undefined;
    return Buffer.concat([
      number(tag, 2),
      number(type, 2),
      number(values.length, word),
      inline ?? number(append(data), word),
    ]);
  });
  const start = number(length, word);
  const mark = Buffer.from(bigEndian ? "MM" : "II");
  const head = big ? [mark, number(43, 2), number(8, 2), number(0, 2), start] : [mark, number(42, 2), start];
  return Buffer.concat([...head, ...body, number(records.length, big ? 8 : 2), ...records, Buffer.alloc(word)]);
}
