import { afterOthers } from "../../in-pieces";
import type { JpegStructure } from "./structure";
import { SOS } from "./structure";

const [DHT, DRI] = [0xc4, 0xdd];
/** MCUs walked at a time, some milliseconds: the process has other things to do meanwhile. */
const PIECE = 2048;

/** By the next 16 bits: how many of them a code and its value take (5 bits), and above that by how much it goes on in a block. */
type CodeTable = Uint16Array;

/** One block of an MCU: the tables of its codes. */
interface BlockTables {
  direct: CodeTable;
  alternating: CodeTable;
}

/**
 * Whether the one scan of a sequential JPEG codes every block of the picture. Decoders fill up what is missing of the last
 * rows with grey, and libvips looks for their warning only before it reads the next rows; so the codes are walked here,
 * without making pixels of them.
 * @returns true for what is not a single sequential scan: there the decoder warns in time
 */
export async function codesAllBlocks(data: Buffer, { frame, scans, segments }: JpegStructure): Promise<boolean> {
  const [scan] = scans;
  if (frame === undefined || scan === undefined || scans.length > 1 || frame.marker > 0xc1) return true;
  if (scan.components.length < frame.components.length) return true;
  const tables = new Map<number, CodeTable>();
  let interval = 0;
  let end = data.length;
  for (const segment of segments) {
    const parameters = data.subarray(segment.start + 4, segment.end);
    if (segment.marker === SOS) {
      end = segment.end;
      break;
    }
    if (segment.marker === DRI && parameters.length >= 2) interval = parameters.readUInt16BE(0);
    if (segment.marker === DHT) readTables(parameters, tables);
  }
  const most = { across: 1, down: 1 };
  for (const { across, down } of frame.components) {
    most.across = Math.max(most.across, across);
    most.down = Math.max(most.down, down);
  }
  const single = frame.components.length === 1;
  const mcu: BlockTables[] = [];
  for (const { id, direct, alternating } of scan.components) {
    const component = frame.components.find((one) => one.id === id);
    const codes = { direct: tables.get(direct), alternating: tables.get(16 + alternating) };
    if (component === undefined || codes.direct === undefined || codes.alternating === undefined) return false;
    const blocks = single ? 1 : component.across * component.down;
    for (let i = 0; i < blocks; i++) mcu.push(codes as BlockTables);
  }
  const [mcuWidth, mcuHeight] = single ? [8, 8] : [8 * most.across, 8 * most.down];
  const count = Math.ceil(frame.width / mcuWidth) * Math.ceil(frame.height / mcuHeight);
  return walk(data.subarray(scan.coded, end), mcu, count, interval || count);
}

/** Each restart interval begins with a byte of its own. */
async function walk(coded: Buffer, mcu: readonly BlockTables[], count: number, interval: number): Promise<boolean> {
  const bytes = new Uint8Array(coded.length + 8);
  let at = 0;
  let sincePause = 0;
  for (let done = 0; done < count; done += interval) {
    const next = unstuff(coded, at, bytes);
    const all = Math.min(interval, count - done);
    for (let walked = 0, bit = 0; walked < all; ) {
      if (sincePause >= PIECE) {
        await afterOthers(() => undefined);
        sincePause = 0;
      }
      const some = Math.min(PIECE - sincePause, all - walked);
      bit = decodes(bytes, bit, next.length * 8, mcu, some);
      if (bit < 0) return false;
      walked += some;
      sincePause += some;
    }
    at = next.at;
  }
  return true;
}

/** Copies up to the next marker, without the zeros that follow each 0xff. */
function unstuff(coded: Buffer, start: number, into: Uint8Array): { length: number; at: number } {
  let length = 0;
  // Byte by byte: in noisy pictures these zeros are too near to one another for searching and copying to pay.
  for (let at = start; at < coded.length; at++) {
    const byte = coded[at]!;
    if (byte === 0xff) {
      while (coded[at + 1] === 0xff) at++;
      if (coded[++at] !== 0) return { length, at: at + 1 };
    }
    into[length++] = byte;
  }
  return { length, at: coded.length };
}

/** @returns the bit behind so many MCUs, -1 where they are not all there */
function decodes(bytes: Uint8Array, start: number, end: number, mcu: readonly BlockTables[], count: number): number {
  let at = start;
  for (let i = 0; i < count; i++) {
    for (const { direct, alternating } of mcu) {
      let entry = direct[peek(bytes, at)]!;
      at += entry & 31;
      for (let k = 1; entry !== 0 && k < 64; k += entry >> 5) {
        entry = alternating[peek(bytes, at)]!;
        at += entry & 31;
      }
      if (entry === 0 || at > end) return -1;
    }
  }
  return at;
}

/** The 16 bits from a bit on. */
function peek(bytes: Uint8Array, at: number): number {
  const i = at >>> 3;
  return (((bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!) >> (8 - (at & 7))) & 0xffff;
}

/** Tables for the codes of DC (by their number) and of AC coefficients (16 more). */
function readTables(parameters: Buffer, tables: Map<number, CodeTable>): void {
  for (let at = 0; at + 17 <= parameters.length; ) {
    const kind = parameters[at]!;
    const counts = parameters.subarray(at + 1, at + 17);
    at += 17;
    const table = new Uint16Array(1 << 16);
    let code = 0;
    for (let length = 1; length <= 16; length++) {
      const width = 1 << (16 - length);
      for (let i = 0; i < counts[length - 1]!; i++, code += width)
        table.fill(entryOf(parameters[at++] ?? 0, length, kind >= 16), code, code + width);
    }
    tables.set(kind, table);
  }
}

function entryOf(symbol: number, length: number, alternating: boolean): number {
  const size = symbol & 15;
  if (!alternating) return (1 << 5) | Math.min(length + symbol, 31);
  // Without a value it is the end of the block, or sixteen zeros.
  const forward = size > 0 ? (symbol >> 4) + 1 : symbol === 0xf0 ? 16 : 64;
  return (forward << 5) | (length + size);
}
