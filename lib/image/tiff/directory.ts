/** A tag as it stands in the file. */
export interface TiffEntry {
  tag: number;
  /** All of its bytes in the directory. */
  record: Buffer;
  /** How many numbers it has; those that are no whole numbers are not read. */
  count: number;
  number(index: number): number | undefined;
}

/** The first picture's tags, and how many pictures there are. */
export interface TiffDirectory {
  big: boolean;
  littleEndian: boolean;
  /** As they come, of several with one tag the first. */
  entries: Map<number, TiffEntry>;
  /** Reductions and masks of others not counted. */
  pages: number;
}

/** Bytes of BYTE, SHORT, LONG and LONG8. */
const SIZES: Record<number, number> = { 1: 1, 3: 2, 4: 4, 16: 8 };
/** More than any writer has; the count of a BigTIFF's tags has 64 bits. */
const MOST_ENTRIES = 4096;
/** Directories that are followed, in a circle or not. */
const MOST_PAGES = 1000;
/** NewSubfileType: a reduction or a mask of another picture. */
const [SUBFILE, NO_PAGE] = [254, 0b101];

/**
 * Reads the first directory of a TIFF or BigTIFF. Nothing is allocated by what the file claims but one record a tag.
 * @returns undefined where it is not whole within the file
 */
export function readTiffDirectory(data: Buffer): TiffDirectory | undefined {
  const littleEndian = data[0] === 0x49;
  const read = (at: number, bytes: number): number | undefined => {
    if (!(at >= 0) || at + bytes > data.length) return undefined;
    if (bytes === 8) {
      const value = littleEndian ? data.readBigUInt64LE(at) : data.readBigUInt64BE(at);
      return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
    }
    return littleEndian ? data.readUIntLE(at, bytes) : data.readUIntBE(at, bytes);
  };
  const big = read(2, 2) === 43;
  const word = big ? 8 : 4;
  const start = read(big ? 8 : 4, word);
  const first = start === undefined ? undefined : directoryAt(data, start, big, read);
  if (first === undefined) return undefined;
  let pages = 1;
  const followed = new Set([start]);
  let { next } = first;
  while (next && !followed.has(next) && followed.size < MOST_PAGES) {
    followed.add(next);
    const other = directoryAt(data, next, big, read);
    if (other === undefined) break;
    if (((other.entries.get(SUBFILE)?.number(0) ?? 0) & NO_PAGE) === 0) pages++;
    next = other.next;
  }
  return { big, littleEndian, entries: first.entries, pages };
}

function directoryAt(
  data: Buffer,
  start: number,
  big: boolean,
  read: (at: number, bytes: number) => number | undefined,
) {
  const word = big ? 8 : 4;
  const count = read(start, big ? 8 : 2);
  if (count === undefined || count > MOST_ENTRIES) return undefined;
  const [first, size] = [start + (big ? 8 : 2), 4 + 2 * word];
  if (first + count * size > data.length) return undefined;
  const entries = new Map<number, TiffEntry>();
  for (let i = 0; i < count; i++) {
    const at = first + i * size;
    const tag = read(at, 2)!;
    if (entries.has(tag)) continue;
    const bytes = SIZES[read(at + 2, 2)!];
    const length = read(at + 4, word) ?? 0;
    // Values that fit stand in the record itself.
    const values = bytes === undefined || bytes * length <= word ? at + 4 + word : read(at + 4 + word, word);
    entries.set(tag, {
      tag,
      record: data.subarray(at, at + size),
      count: length,
      number: (index) =>
        bytes === undefined || values === undefined || index >= length
          ? undefined
          : read(values + index * bytes, bytes),
    });
  }
  return { entries, next: read(first + count * size, word) };
}
