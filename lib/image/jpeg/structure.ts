/** A marker with what belongs to it, as byte positions in the file. */
export interface JpegSegment {
  /** The marker's second byte. */
  marker: number;
  /** Of its 0xff. */
  start: number;
  /** Behind its parameters; of a scan, behind its coded pixels. */
  end: number;
}

/** A pass over the pixels of some components. */
export interface JpegScan {
  /** With the numbers of the tables that their codes are of. */
  components: { id: number; direct: number; alternating: number }[];
  /** First and last coefficient of each block. */
  band: readonly [first: number, last: number];
  /** Lowest bit that is given; 0 is the whole value. */
  low: number;
  /** Where its coded pixels begin. */
  coded: number;
}

/** How the pixels are coded. */
export interface JpegFrame {
  /** The marker that says how: baseline, progressive, ... */
  marker: number;
  /** Bits a channel. */
  precision: number;
  width: number;
  height: number;
  /** Their blocks across and down in each MCU. */
  components: { id: number; across: number; down: number }[];
}

/** What a JPEG consists of, pixels not looked at. */
export interface JpegStructure {
  /** In the order of the file, the end-of-image marker left out. */
  segments: JpegSegment[];
  frame?: JpegFrame | undefined;
  scans: JpegScan[];
  /** Whether the end-of-image marker is there; what follows it is no part of the picture. */
  ended: boolean;
}

export const SOS = 0xda;
/** Many times what cameras write; the memory for a file of nothing but segments would be many times its own. */
const MOST_SEGMENTS = 10_000;
const [SOI, EOI, TEM] = [0xd8, 0xd9, 0x01];
const isRestart = (marker: number) => marker >= 0xd0 && marker <= 0xd7;
/** Start of frame of any kind: C0 to CF without the tables DHT and DAC and the reserved C8; F7 is JPEG-LS. */
const isFrame = (marker: number) =>
  (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) || marker === 0xf7;

/**
 * Walks the markers of a JPEG as decoders do: bytes between segments are skipped, segments by their length (a thumbnail's
 * end-of-image marker within Exif is none of the picture's), coded pixels up to the next marker that is no restart.
 * Reads each byte at most once.
 */
export function readJpegStructure(data: Buffer): JpegStructure {
  const found: JpegStructure = { segments: [], scans: [], ended: false };
  let at = 2;
  while (found.segments.length < MOST_SEGMENTS) {
    at = data.indexOf(0xff, at);
    if (at < 0 || at + 1 >= data.length) return found;
    const marker = data[at + 1]!;
    if (marker === EOI) return { ...found, ended: true };
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0 || marker === TEM || marker === SOI || isRestart(marker)) {
      at += 2;
      continue;
    }
    if (at + 4 > data.length) return found;
    const parameters = at + 4;
    let end = at + 2 + data.readUInt16BE(at + 2);
    if (end < parameters || end > data.length) return found;
    if (isFrame(marker)) found.frame ??= readFrame(data.subarray(parameters, end), marker);
    if (marker === SOS) {
      const scan = readScan(data.subarray(parameters, end), end);
      if (scan !== undefined) found.scans.push(scan);
      end = endOfCoded(data, end);
    }
    found.segments.push({ marker, start: at, end });
    at = end;
  }
  return found;
}

function readFrame(parameters: Buffer, marker: number): JpegFrame | undefined {
  if (parameters.length < 6) return undefined;
  const count = Math.min(parameters[5]!, Math.floor((parameters.length - 6) / 3));
  return {
    marker,
    precision: parameters[0]!,
    height: parameters.readUInt16BE(1),
    width: parameters.readUInt16BE(3),
    components: Array.from({ length: count }, (_, i) => {
      const sampling = parameters[7 + i * 3]!;
      return { id: parameters[6 + i * 3]!, across: sampling >> 4, down: sampling & 15 };
    }),
  };
}

function readScan(parameters: Buffer, coded: number): JpegScan | undefined {
  const count = parameters[0] ?? 0;
  const rest = 1 + count * 2;
  if (parameters.length < rest + 3) return undefined;
  return {
    components: Array.from({ length: count }, (_, i) => {
      const tables = parameters[2 + i * 2]!;
      return { id: parameters[1 + i * 2]!, direct: tables >> 4, alternating: tables & 15 };
    }),
    band: [parameters[rest]!, parameters[rest + 1]!],
    low: parameters[rest + 2]! & 15,
    coded,
  };
}

/** The next marker that is neither a stuffed byte nor a restart, or the end of the file. */
function endOfCoded(data: Buffer, start: number): number {
  let at = start;
  for (;;) {
    at = data.indexOf(0xff, at);
    if (at < 0 || at + 1 >= data.length) return data.length;
    const next = data[at + 1]!;
    if (next === 0xff) at++;
    else if (next === 0 || isRestart(next)) at += 2;
    else return at;
  }
}
