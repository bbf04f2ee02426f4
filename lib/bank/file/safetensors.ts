import { GoldenSampleError } from "../../errors";
import { type Sentence, sentence } from "../../sentence";

/** The element types banks use; the format knows more. */
const TYPES = { F32: Float32Array, I32: Int32Array, U8: Uint8Array } as const;
export type TensorType = keyof typeof TYPES;

export interface StoredTensor {
  dtype: TensorType;
  shape: readonly number[];
  data: Float32Array | Int32Array | Uint8Array;
}

export interface SafetensorsFile {
  metadata: Record<string, string>;
  tensors: Map<string, StoredTensor>;
}

/** A header is a few kilobytes; a longer one is no bank of ours, or an attack on memory. */
const MAX_HEADER = 16 * 1024 * 1024;

/**
 * Writes the safetensors format: eight bytes of little-endian header length, a JSON header padded with spaces to a
 * multiple of eight, the tensors one after the other.
 * @returns the file's parts in order, so that large tensors are not copied together
 */
export function writeSafetensors({ metadata, tensors }: SafetensorsFile): Buffer[] {
  const header = new Map<string, unknown>([["__metadata__", metadata]]);
  // Wide elements first keep every tensor aligned to its element size.
  const width = (tensor: StoredTensor) => tensor.data.BYTES_PER_ELEMENT;
  const ordered = [...tensors].sort(([, a], [, b]) => width(b) - width(a));
  let offset = 0;
  for (const [name, { dtype, shape, data }] of ordered) {
    header.set(name, { dtype, shape, data_offsets: [offset, offset + data.byteLength] });
    offset += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)), "utf8");
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, " ");
  json.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return [length, padded, ...ordered.map(([, { data }]) => Buffer.from(data.buffer, data.byteOffset, data.byteLength))];
}

/** The length of the header, from the file's first eight bytes. */
function headerLength(firstBytes: Buffer, fileSize: number): number {
  if (firstBytes.length < 8) throw refuse(sentence`[isCutOff] is cut off`);
  const length = firstBytes.readBigUInt64LE(0);
  if (length > BigInt(Math.min(MAX_HEADER, fileSize - 8)))
    throw refuse(sentence`[cutOffOrForeign] is cut off or no safetensors file`);
  return Number(length);
}

export interface Entry {
  name: string;
  dtype: TensorType;
  shape: number[];
  start: number;
  end: number;
}

function parseHeader(json: Buffer): { metadata: Record<string, string>; entries: Entry[] } {
  let header: unknown;
  try {
    header = JSON.parse(json.toString("utf8"));
  } catch (thrown) {
    throw refuse(HEADER_DAMAGED, thrown);
  }
  if (!isRecord(header)) throw refuse(HEADER_DAMAGED);
  const { __metadata__: metadata = {}, ...rest } = header;
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === "string")) {
    throw refuse(sentence`[damagedMetadata] has damaged metadata`);
  }
  return { metadata: metadata as Record<string, string>, entries: Object.entries(rest).map(parseEntry) };
}

/** Where a file's bytes come from. */
export interface ByteSource {
  size: number;
  /** Fills `target` with the bytes from `position` on. */
  read(target: Uint8Array, position: number): Promise<void>;
}

/** Bytes read at a time: large enough for speed, small enough that nothing else waits for long. */
const PIECE = 4 * 1024 * 1024;

/**
 * Reads a whole file, trusting nothing in it: sizes, offsets and types must fit together without gap or overlap, which
 * is checked before anything is allocated. Every tensor is read in pieces into memory of its own.
 * @param wanted tensors to read; absent: all
 * @throws {GoldenSampleError} BAD_BANK
 */
export async function readSafetensors(
  source: ByteSource,
  wanted: (name: string) => boolean = () => true,
): Promise<SafetensorsFile> {
  const { metadata, entries, bodyStart } = await readHeader(source);
  let expected = 0;
  const ordered = [...entries].sort((a, b) => a.start - b.start || a.end - b.end);
  for (const { start, end } of ordered) {
    if (start !== expected || end > source.size - bodyStart)
      throw refuse(sentence`[cutOffOrAltered] is cut off or altered`);
    expected = end;
  }
  if (expected !== source.size - bodyStart) throw refuse(sentence`[longerThanSaid] is longer than its header says`);
  const tensors = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, start, end } of ordered) {
    if (!wanted(name)) continue;
    const bytes = new Uint8Array(end - start);
    for (let at = 0; at < bytes.length; at += PIECE) {
      await source.read(bytes.subarray(at, at + PIECE), bodyStart + start + at);
    }
    tensors.set(name, { dtype, shape, data: new TYPES[dtype](bytes.buffer) });
  }
  return { metadata, tensors };
}

/** The header alone, and where the tensors begin. @throws {GoldenSampleError} BAD_BANK */
export async function readHeader(
  source: ByteSource,
): Promise<{ metadata: Record<string, string>; entries: Entry[]; bodyStart: number }> {
  const first = new Uint8Array(Math.min(8, source.size));
  await source.read(first, 0);
  const json = Buffer.alloc(headerLength(Buffer.from(first), source.size));
  await source.read(json, 8);
  return { ...parseHeader(json), bodyStart: 8 + json.length };
}

function parseEntry([name, value]: [string, unknown]): Entry {
  const { dtype, shape, data_offsets: offsets } = isRecord(value) ? value : {};
  const sizes = [shape, offsets].flat();
  const numbers = sizes.every((size) => typeof size === "number" && Number.isSafeInteger(size) && size >= 0);
  if (!isType(dtype) || !Array.isArray(shape) || !Array.isArray(offsets) || offsets.length !== 2 || !numbers) {
    throw refuse(HEADER_DAMAGED);
  }
  const [start, end] = offsets as [number, number];
  const elements = (shape as number[]).reduce((product, size) => product * size, 1);
  if (elements * TYPES[dtype].BYTES_PER_ELEMENT !== end - start)
    throw refuse(sentence`[wrongTensorSize] has tensors of the wrong size`);
  return { name, dtype, shape: shape as number[], start, end };
}

const isType = (value: unknown): value is TensorType => typeof value === "string" && Object.hasOwn(TYPES, value);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const HEADER_DAMAGED = sentence`[damagedHeader] has a damaged header`;

const refuse = (what: Sentence, cause?: unknown) =>
  new GoldenSampleError(
    "BAD_BANK",
    sentence`[bankFileDamaged] The bank file ${{ what }}: build the bank again or restore the file.`,
    { cause },
  );
