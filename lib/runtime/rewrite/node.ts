import { encodeNode, type GraphNode } from "../onnx-graph";
import { type Field, readFields, textOf, textsOf } from "../protobuf";

/** Field numbers of onnx.proto. */
const NODE = { input: 1, output: 2, op: 4, attribute: 5, domain: 7 } as const;
const ATTRIBUTE = { name: 1, float: 2, int: 3, string: 4, tensor: 5, graph: 6, ints: 8, graphs: 11 } as const;
const TENSOR = { dims: 1, type: 2, floats: 4, int32s: 5, int64s: 7, name: 8, raw: 9 } as const;
/** TensorProto.DataType. */
const TYPE = { float32: 1, int32: 6, int64: 7, float64: 11 } as const;

/** An operation of an ONNX graph. */
export interface Node {
  op: string;
  domain: string;
  inputs: readonly string[];
  outputs: readonly string[];
  /** AttributeProto by name, taken apart. */
  attributes: ReadonlyMap<string, readonly Field[]>;
  /** Names that graphs within it (If, Loop) may take from around it. */
  outer: readonly string[];
  /** The NodeProto as it stands. */
  content: Uint8Array;
}

/** A constant tensor. */
export interface Constant {
  dims: readonly number[];
  /** TensorProto.DataType. */
  type: number;
  /** Absent where it is large, or of a type that no form is told by. */
  values?: readonly number[];
}

/** @throws {RangeError} where it is no NodeProto */
export function readNode(content: Uint8Array): Node {
  const fields = readFields(content);
  const attributes = fields
    .filter(({ number }) => number === NODE.attribute)
    .map((field) => readFields(field.content))
    .map((attribute) => [textOf(attribute, ATTRIBUTE.name), attribute] as const);
  return {
    op: textOf(fields, NODE.op),
    domain: textOf(fields, NODE.domain),
    inputs: textsOf(fields, NODE.input),
    outputs: textsOf(fields, NODE.output),
    attributes: new Map(attributes),
    outer: attributes.flatMap(([, attribute]) => graphsOf(attribute).flatMap(namesIn)),
    content,
  };
}

/** A node of our own. */
export const newNode = (node: GraphNode): Node => readNode(encodeNode(node));

/** The attributes of one node for another. */
export function withAttributesOf(node: GraphNode, other: Node): Node {
  const attributes = readFields(other.content).filter(({ number }) => number === NODE.attribute);
  return readNode(Buffer.concat([encodeNode(node), ...attributes.map(({ raw }) => raw)]));
}

/** @returns the value of an attribute of one or several integers, or the float, as numbers; undefined where absent */
export function numbersOf(node: Node, name: string): readonly number[] | undefined {
  const fields = node.attributes.get(name);
  if (!fields) return undefined;
  const found = fields.flatMap((field) => {
    if (field.number === ATTRIBUTE.float) return [floatOf(field)];
    if (field.number === ATTRIBUTE.int) return [signed(field.raw.subarray(1))[0]!];
    if (field.number !== ATTRIBUTE.ints) return [];
    return field.content.length > 0 ? signed(field.content) : [signed(field.raw.subarray(1))[0]!];
  });
  return found.length > 0 ? found : undefined;
}

export const textAttribute = (node: Node, name: string) => textOf(node.attributes.get(name) ?? [], ATTRIBUTE.string);

/** What a Constant gives; undefined where it is none, or none of numbers. */
export function constantOf(node: Node): Constant | undefined {
  if (node.op !== "Constant") return undefined;
  const tensor = node.attributes.get("value")?.find(({ number }) => number === ATTRIBUTE.tensor);
  if (tensor) return readConstant(tensor.content);
  for (const [name, type] of Object.entries({
    value_int: TYPE.int64,
    value_ints: TYPE.int64,
    value_float: TYPE.float32,
  })) {
    const values = numbersOf(node, name);
    if (values) return { dims: name === "value_ints" ? [values.length] : [], type, values };
  }
  return undefined;
}

/** A TensorProto; one without its large fields has no values. */
export function readConstant(content: Uint8Array): Constant & { name: string } {
  const fields = readFields(content);
  const dims = fields
    .filter(({ number }) => number === TENSOR.dims)
    .flatMap((field) => (field.content.length > 0 ? signed(field.content) : [field.value]));
  const type = fields.find(({ number }) => number === TENSOR.type)?.value ?? 0;
  const count = dims.reduce((product, dim) => product * dim, 1);
  const values = valuesOf(fields, type);
  return { name: textOf(fields, TENSOR.name), dims, type, ...(values.length === count && { values }) };
}

function valuesOf(fields: readonly Field[], type: number): number[] {
  return fields.flatMap((field) => {
    const { content } = field;
    const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
    const each = (size: number, read: (at: number) => number) =>
      Array.from({ length: Math.floor(content.length / size) }, (_, i) => read(i * size));
    if (field.number === TENSOR.raw) {
      if (type === TYPE.float32) return each(4, (at) => view.getFloat32(at, true));
      if (type === TYPE.float64) return each(8, (at) => view.getFloat64(at, true));
      if (type === TYPE.int32) return each(4, (at) => view.getInt32(at, true));
      if (type === TYPE.int64) return each(8, (at) => Number(view.getBigInt64(at, true)));
    }
    if (field.number === TENSOR.floats && type === TYPE.float32) return each(4, (at) => view.getFloat32(at, true));
    const isInteger = field.number === TENSOR.int64s || (field.number === TENSOR.int32s && type === TYPE.int32);
    return isInteger ? signed(content.length > 0 ? content : field.raw.subarray(1)) : [];
  });
}

function floatOf({ raw }: Field): number {
  return new DataView(raw.buffer, raw.byteOffset + raw.byteLength - 4, 4).getFloat32(0, true);
}

/** Varints, 64 bits with a sign. */
function signed(packed: Uint8Array): number[] {
  const values: number[] = [];
  let [value, shift] = [0n, 0n];
  for (const byte of packed) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte >= 0x80) continue;
    values.push(Number(BigInt.asIntN(64, value)));
    [value, shift] = [0n, 0n];
  }
  return values;
}

const graphsOf = (attribute: readonly Field[]) =>
  attribute
    .filter(({ number }) => number === ATTRIBUTE.graph || number === ATTRIBUTE.graphs)
    .map(({ content }) => content);

/** Inputs of all nodes of a GraphProto, its own values among them, and of its outputs. */
function namesIn(graph: Uint8Array): string[] {
  return readFields(graph).flatMap(({ number, content }) => {
    if (number === 12) return [textOf(readFields(content), 1)];
    if (number !== 1) return [];
    const { inputs, outer } = readNode(content);
    return [...inputs, ...outer];
  });
}
