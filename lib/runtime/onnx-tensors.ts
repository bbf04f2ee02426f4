import { closeSync, fstatSync, openSync } from "node:fs";
import { ProtobufFile } from "./protobuf-file";

/** Where messages lie in one another, by onnx.proto's field numbers; everything else (weights above all) is skipped. */
const MODEL: Message = { 7: () => GRAPH };
const GRAPH: Message = { 1: () => NODE, 5: () => "tensor" };
const NODE: Message = { 5: () => ATTRIBUTE };
const ATTRIBUTE: Message = { 5: () => "tensor", 6: () => GRAPH, 10: () => "tensor", 11: () => GRAPH };

type Message = { readonly [field: number]: () => Message | "tensor" };

/** Beyond any real nesting: a file made to exhaust the stack ends here. */
const DEEPEST = 32;

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
    walk(new ProtobufFile(file), 0, fstatSync(file).size, MODEL, tensors, 0);
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
  } finally {
    closeSync(file);
  }
  return tensors;
}

function walk(
  reader: ProtobufFile,
  from: number,
  end: number,
  message: Message,
  into: TensorOutline[],
  depth: number,
): void {
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
function tensor(reader: ProtobufFile, from: number, end: number): TensorOutline {
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
function entry(reader: ProtobufFile, from: number, end: number): { key: string; value: string } {
  const strings = ["", ""];
  for (let at = from; at < end; ) {
    const field = reader.field(at, end);
    at = field.end;
    if (field.number === 1 || field.number === 2) strings[field.number - 1] = reader.text(field.start, field.end);
  }
  return { key: strings[0]!, value: strings[1]! };
}
