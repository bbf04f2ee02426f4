import type { JpegStructure } from "./structure";
import { SOS } from "./structure";

const [DHT, DRI] = [0xc4, 0xdd];

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
export function codesAllBlocks(data: Buffer, { frame, scans, segments }: JpegStructure): boolean {
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
function walk(coded: Buffer, mcu: readonly BlockTables[], count: number, interval: number): boolean {
  const bytes = new Uint8Array(coded.length + 8);
  let at = 0;
  for (let done = 0; done < count; done += interval) {
    const next = unstuff(coded, at, bytes);
    if (!decodes(bytes, next.length * 8, mcu, Math.min(interval, count - done))) return false;
    at = next.at;
  }
  return true;
}

/** Copies up to the next marker, without the zeros that follow each 0xff. */
function unstuff(coded: Buffer, start: number, into: Uint8Array): { length: number; at: number } {
  let [from, length] = [start, 0];
  for (;;) {
    const found = coded.indexOf(0xff, from);
    const to = found < 0 ? coded.length : found;
    into.set(coded.subarray(from, to), length);
    length += to - from;
    if (found < 0) return { length, at: coded.length };
    let next = found + 1;
    while (coded[next] === 0xff) next++;
    if (coded[next] !== 0) return { length, at: next + 1 };
    into[length++] = 0xff;
    from = next + 1;
  }
}

function decodes(bytes: Uint8Array, end: number, mcu: readonly BlockTables[], count: number): boolean {
  let at = 0;
  for (let i = 0; i < count; i++) {
    for (const { direct, alternating } of mcu) {
      let entry = direct[peek(bytes, at)]!;
      at += entry & 31;
      for (let k = 1; entry !== 0 && k < 64; k += entry >> 5) {
        entry = alternating[peek(bytes, at)]!;
        at += entry & 31;
      }
      if (entry === 0 || at > end) return false;
    }
  }
  return true;
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
