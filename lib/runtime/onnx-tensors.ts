import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** Where messages lie in one another, by onnx.proto's field numbers; everything else (weights above all) is skipped. */
const MODEL: Message = { 7: () => GRAPH };
const GRAPH: Message = { 1: () => NODE, 5: () => "tensor" };
const NODE: Message = { 5: () => ATTRIBUTE };
const ATTRIBUTE: Message = { 5: () => "tensor", 6: () => GRAPH, 10: () => "tensor", 11: () => GRAPH };

type Message = { readonly [field: number]: () => Message | "tensor" };

/** Beyond any real nesting: a file made to exhaust the stack ends here. */
const DEEPEST = 32;
const WINDOW = 1 << 16;

/** What an ONNX file says of one of its constant tensors. */
export interface TensorOutline {
  /** TensorProto.DataType: 1 float32, 2 uint8, 3 int8, 7 int64, 10 float16 ... */
  dataType: number;
  elements: number;
  /** File that keeps its values, as the model gives it, where that is another one (external data). */
  location?: string;
}

/**
 * The constant tensors of an ONNX model, without their values: only the outlines of the file are read, so a large
 * model costs no more than a small one.
 * @returns as many as could be read before something that is no protobuf; that it is no model, the runtime says better
 */
export function readTensorOutlines(path: string): TensorOutline[] {
  const file = openSync(path, "r");
  const tensors: TensorOutline[] = [];
  try {
    walk(new Reader(file), 0, fstatSync(file).size, MODEL, tensors, 0);
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
  } finally {
    closeSync(file);
  }
  return tensors;
}

function walk(reader: Reader, from: number, end: number, message: Message, into: TensorOutline[], depth: number): void {
  if (depth > DEEPEST) throw new RangeError("nested too deeply");
  for (let at = from; at < end; ) {
    const field = reader.field(at, end);
    at = field.end;
    const inner = field.number in message ? message[field.number]!() : undefined;
    if (inner === undefined || !field.delimited) continue;
    if (inner === "tensor") into.push(tensor(reader, field.start, field.end));
    else walk(reader, field.start, field.end, inner, into, depth + 1);
  }
}

/** TensorProto: dims (1, packed or not), data_type (2), external_data (13). */
function tensor(reader: Reader, from: number, end: number): TensorOutline {
  const outline: TensorOutline = { dataType: 0, elements: 1 };
  for (let at = from; at < end; ) {
    const field = reader.field(at, end);
    at = field.end;
    if (field.number === 1) {
      for (let dim = field.start; dim < field.end; ) {
        const { value, end: next } = reader.varint(dim);
        outline.elements *= value;
        dim = next;
      }
    } else if (field.number === 2) outline.dataType = reader.varint(field.start).value;
    else if (field.number === 13 && field.delimited) {
      const { key, value } = entry(reader, field.start, field.end);
      if (key === "location" && value !== "") outline.location = value;
    }
  }
  return outline;
}

/** StringStringEntryProto. */
function entry(reader: Reader, from: number, end: number): { key: string; value: string } {
  const strings = ["", ""];
  for (let at = from; at < end; ) {
    const field = reader.field(at, end);
    at = field.end;
    if (field.number === 1 || field.number === 2) strings[field.number - 1] = reader.text(field.start, field.end);
  }
  return { key: strings[0]!, value: strings[1]! };
}

/** Protobuf fields of an open file, read through a small window. */
class Reader {
  private window = Buffer.alloc(0);
  private offset = 0;

  constructor(private readonly file: number) {}

  /** @throws {RangeError} where there is no valid field within `end` */
  field(at: number, end: number): { number: number; delimited: boolean; start: number; end: number } {
    const tag = this.varint(at);
    const [number, type] = [Math.floor(tag.value / 8), tag.value % 8];
    let start = tag.end;
    let stop: number;
    if (type === 0) stop = this.varint(start).end;
    else if (type === 1) stop = start + 8;
    else if (type === 5) stop = start + 4;
    else if (type === 2) {
      const length = this.varint(start);
      start = length.end;
      stop = start + length.value;
    } else throw new RangeError("no protobuf");
    if (stop > end) throw new RangeError("no protobuf");
    return { number, delimited: type === 2, start, end: stop };
  }

  text(start: number, end: number): string {
    if (end - start > 4096) throw new RangeError("no file name is that long");
    return Buffer.from(Array.from({ length: end - start }, (_, i) => this.byte(start + i))).toString("utf8");
  }

  varint(at: number): { value: number; end: number } {
    let value = 0;
    for (let i = 0; i < 10; i++) {
      const byte = this.byte(at + i);
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return { value, end: at + i + 1 };
    }
    throw new RangeError("no protobuf");
  }

  private byte(at: number): number {
    if (at < this.offset || at >= this.offset + this.window.length) {
      const window = Buffer.alloc(WINDOW);
      this.window = window.subarray(0, readSync(this.file, window, 0, WINDOW, at));
      this.offset = at;
      if (this.window.length === 0) throw new RangeError("the file ends early");
    }
    return this.window[at - this.offset]!;
  }
}
