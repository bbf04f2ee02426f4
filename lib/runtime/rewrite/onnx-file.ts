import { closeSync, fstatSync, openSync } from "node:fs";
import { basename } from "node:path";
import { bytes, type Field, integer, readFields } from "../protobuf";
import { ProtobufFile } from "../protobuf-file";
import { type Constant, type Node, readConstant, readNode } from "./node";

/** Field numbers of onnx.proto. */
const MODEL = { graph: 7, opset: 8 } as const;
const GRAPH = { node: 1, initializer: 5, output: 12 } as const;
const TENSOR = { dims: 1, type: 2, name: 8, raw: 9, external: 13, location: 14 } as const;
/** Constants up to this many bytes are read: shapes, scales, and what else a form is told by. */
const SMALL = 1024;
export const MICROSOFT = "com.microsoft";

/** A constant of the graph as the file has it. */
interface Initializer {
  name: string;
  start: number;
  end: number;
  /** Where its values lie in the file, where they do as plain bytes. */
  raw: { start: number; end: number } | undefined;
}

/** An ONNX file's graph, its weights left where they are. */
export interface OnnxFile {
  /** Of plain ONNX. */
  opset: number;
  nodes: readonly Node[];
  /** Initializers by name; of small ones the values, too. */
  constants: ReadonlyMap<string, Constant>;
  outputs: ReadonlySet<string>;
  /**
   * The model with other nodes in place of its own, in their order; what they do not use is left out.
   * @returns the bytes of a ModelProto that finds the matrices of products in the file itself (external data)
   */
  withNodes(nodes: readonly Node[]): Buffer;
}

/** @throws {RangeError} where the file is no ONNX model; what the file system throws */
export function readOnnxFile(path: string): OnnxFile {
  const file = openSync(path, "r");
  try {
    return read(new ProtobufFile(file), fstatSync(file).size, path);
  } finally {
    closeSync(file);
  }
}

function read(reader: ProtobufFile, size: number, path: string): OnnxFile {
  const outer: Buffer[] = [];
  const others: Buffer[] = [];
  const nodes: Node[] = [];
  const initializers: Initializer[] = [];
  const constants = new Map<string, Constant>();
  const outputs = new Set<string>();
  const kept = new Map<string, Buffer>();
  let [opset, hasMicrosoft] = [1, false];

  for (const field of fieldsOf(reader, 0, size)) {
    if (field.number === MODEL.graph) readGraph(field.start, field.end);
    else outer.push(reader.bytes(field.at, field.end));
    if (field.number !== MODEL.opset) continue;
    const { domain, version } = operatorSet(readFields(reader.bytes(field.start, field.end)));
    if (domain === MICROSOFT) hasMicrosoft = true;
    else if (domain === "" || domain === "ai.onnx") opset = version;
  }
  const matrices = new Set(nodes.flatMap(({ op, inputs }) => (op === "MatMul" ? inputs.slice(1, 2) : [])));
  for (const { name, start, end, raw } of initializers) {
    const isFar = matrices.has(name) && raw !== undefined && raw.end - raw.start > SMALL;
    kept.set(name, isFar ? reference(constants.get(name)!, name, raw, path) : reader.bytes(start, end));
  }
  return { opset, nodes, constants, outputs, withNodes };

  function readGraph(from: number, to: number): void {
    for (const field of fieldsOf(reader, from, to)) {
      if (field.number === GRAPH.node) nodes.push(readNode(reader.bytes(field.start, field.end)));
      else if (field.number === GRAPH.initializer) readInitializer(field.start, field.end);
      else others.push(reader.bytes(field.at, field.end));
      if (field.number === GRAPH.output) outputs.add(nameOf(readFields(reader.bytes(field.start, field.end))));
    }
  }

  function readInitializer(start: number, end: number): void {
    const small: Buffer[] = [];
    let raw: Initializer["raw"];
    for (const field of fieldsOf(reader, start, end)) {
      if (field.end - field.start <= SMALL) small.push(reader.bytes(field.at, field.end));
      if (field.number === TENSOR.raw) raw = field;
    }
    const { name, ...constant } = readConstant(Buffer.concat(small));
    initializers.push({ name, start, end, raw });
    constants.set(name, constant);
  }

  function withNodes(chosen: readonly Node[]): Buffer {
    const used = new Set(outputs);
    const living = [...chosen].reverse().filter((node) => {
      if (!node.outputs.some((output) => used.has(output))) return false;
      for (const input of [...node.inputs, ...node.outer]) used.add(input);
      return true;
    });
    const tensors = [...kept].filter(([name]) => used.has(name)).map(([, content]) => content);
    const graph = Buffer.concat([
      ...living.reverse().map(({ content }) => bytes(GRAPH.node, content)),
      ...tensors.map((content) => bytes(GRAPH.initializer, content)),
      ...others,
    ]);
    const domain = bytes(MODEL.opset, Buffer.concat([bytes(1, MICROSOFT), integer(2, 1)]));
    return Buffer.concat([...outer, ...(hasMicrosoft ? [] : [domain]), bytes(MODEL.graph, graph)]);
  }
}

function* fieldsOf(reader: ProtobufFile, from: number, to: number) {
  for (let at = from; at < to; ) {
    const field = reader.field(at, to);
    yield { ...field, at };
    at = field.end;
  }
}

const text = (field: Field | undefined) => (field ? Buffer.from(field.content).toString("utf8") : "");
const nameOf = (valueInfo: readonly Field[]) => text(valueInfo.find(({ number }) => number === 1));

function operatorSet(fields: readonly Field[]): { domain: string; version: number } {
  return { domain: nameOf(fields), version: fields.find(({ number }) => number === 2)?.value ?? 1 };
}

/** A TensorProto whose values lie in the model's own file. */
function reference(
  { dims, type }: Constant,
  name: string,
  { start, end }: { start: number; end: number },
  path: string,
): Buffer {
  const entry = (key: string, value: string) => bytes(TENSOR.external, Buffer.concat([bytes(1, key), bytes(2, value)]));
  return Buffer.concat([
    ...dims.map((dim) => integer(TENSOR.dims, dim)),
    integer(TENSOR.type, type),
    bytes(TENSOR.name, name),
    entry("location", basename(path)),
    entry("offset", String(start)),
    entry("length", String(end - start)),
    integer(TENSOR.location, 1),
  ]);
}
