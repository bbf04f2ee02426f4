import { GoldenSampleError } from "../errors";

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

/** The length of the header, from the file's first eight bytes. @throws {GoldenSampleError} BAD_BANK */
export function headerLength(firstBytes: Buffer, fileSize: number): number {
  if (firstBytes.length < 8) throw refuse("is cut off");
  const length = firstBytes.readBigUInt64LE(0);
  if (length > BigInt(Math.min(MAX_HEADER, fileSize - 8))) throw refuse("is cut off or no safetensors file");
  return Number(length);
}

interface Entry {
  name: string;
  dtype: TensorType;
  shape: number[];
  start: number;
  end: number;
}

/** Parses the JSON header alone. @throws {GoldenSampleError} BAD_BANK */
export function parseHeader(json: Buffer): { metadata: Record<string, string>; entries: Entry[] } {
  let header: unknown;
  try {
    header = JSON.parse(json.toString("utf8"));
  } catch (thrown) {
    throw refuse("has a damaged header", thrown);
  }
  if (!isRecord(header)) throw refuse("has a damaged header");
  const { __metadata__: metadata = {}, ...rest } = header;
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === "string")) {
    throw refuse("has damaged metadata");
  }
  return { metadata: metadata as Record<string, string>, entries: Object.entries(rest).map(parseEntry) };
}

/**
 * Reads a whole file, trusting nothing in it: sizes, offsets and types must fit together without gap or overlap.
 * @throws {GoldenSampleError} BAD_BANK
 */
export function readSafetensors(file: Buffer): SafetensorsFile {
  const length = headerLength(file.subarray(0, 8), file.length);
  const { metadata, entries } = parseHeader(file.subarray(8, 8 + length));
  const body = file.subarray(8 + length);
  let expected = 0;
  const tensors = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, start, end } of [...entries].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== expected || end > body.length) throw refuse("is cut off or altered");
    expected = end;
    tensors.set(name, { dtype, shape, data: copyOut(body.subarray(start, end), dtype) });
  }
  if (expected !== body.length) throw refuse("is longer than its header says");
  return { metadata, tensors };
}

function parseEntry([name, value]: [string, unknown]): Entry {
  const { dtype, shape, data_offsets: offsets } = isRecord(value) ? value : {};
  const sizes = [shape, offsets].flat();
  const numbers = sizes.every((size) => typeof size === "number" && Number.isSafeInteger(size) && size >= 0);
  if (!isType(dtype) || !Array.isArray(shape) || !Array.isArray(offsets) || offsets.length !== 2 || !numbers) {
    throw refuse("has a damaged header");
  }
  const [start, end] = offsets as [number, number];
  const elements = (shape as number[]).reduce((product, size) => product * size, 1);
  if (elements * TYPES[dtype].BYTES_PER_ELEMENT !== end - start) throw refuse("has tensors of the wrong size");
  return { name, dtype, shape: shape as number[], start, end };
}

/** Copied, because a typed array must start at a multiple of its element size, which a slice of a file need not. */
function copyOut(bytes: Buffer, dtype: TensorType): StoredTensor["data"] {
  const copy = new Uint8Array(bytes).buffer;
  return new TYPES[dtype](copy);
}

const isType = (value: unknown): value is TensorType => typeof value === "string" && Object.hasOwn(TYPES, value);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const refuse = (what: string, cause?: unknown) =>
  new GoldenSampleError("BAD_BANK", `The bank file ${what}: build the bank again or restore the file.`, { cause });
