import { bytes, float, integer } from "./protobuf";
import type { TensorData } from "./types";

/**
 * Writes small ONNX models. onnx-proto is stale and the full protobuf libraries outweigh everything we need of the
 * format. Field numbers are those of onnx.proto (ModelProto, GraphProto,
 * NodeProto, AttributeProto, TensorProto, ValueInfoProto), IR version 8, default opset 18.
 */

const ELEMENT_TYPE = { float32: 1, uint8: 2, int64: 7, float16: 10 } as const;
export type ElementType = keyof typeof ELEMENT_TYPE;

export type Attribute =
  | number
  | { int: number }
  | { float: number }
  | string
  | readonly number[]
  | { ints: readonly number[] };

export interface GraphNode {
  op: string;
  inputs: readonly string[];
  outputs: readonly string[];
  /** A bare number or array is an int or ints; write {float} for a float; a string is a string. */
  attributes?: Readonly<Record<string, Attribute>>;
  domain?: string;
}

export interface GraphValue {
  name: string;
  type: ElementType;
  /** Numbers are fixed, strings symbolic dimensions. */
  dims: readonly (number | string)[];
}

export interface Graph {
  name: string;
  inputs: readonly GraphValue[];
  outputs: readonly GraphValue[];
  constants?: Readonly<Record<string, TensorData & { dims: readonly number[] }>>;
  nodes: readonly GraphNode[];
}

function attribute(name: string, value: Attribute): Buffer {
  const kind = (type: number) => integer(20, type);
  const body: Buffer[] = [bytes(1, name)];
  if (typeof value === "number") body.push(integer(3, value), kind(2));
  else if (typeof value === "string") body.push(bytes(4, value), kind(3));
  else if ("float" in value) body.push(float(2, value.float), kind(1));
  else if ("int" in value) body.push(integer(3, value.int), kind(2));
  else {
    const list = "ints" in value ? value.ints : value;
    body.push(...list.map((item) => integer(8, item)), kind(7));
  }
  return Buffer.concat(body);
}

/** A NodeProto. */
export function encodeNode({ op, inputs, outputs, attributes = {}, domain }: GraphNode): Buffer {
  return Buffer.concat([
    ...inputs.map((name) => bytes(1, name)),
    ...outputs.map((name) => bytes(2, name)),
    bytes(4, op),
    ...Object.entries(attributes).map(([name, value]) => bytes(5, attribute(name, value))),
    ...(domain === undefined ? [] : [bytes(7, domain)]),
  ]);
}

function constant(name: string, tensor: TensorData & { dims: readonly number[] }): Buffer {
  const { buffer, byteOffset, byteLength } = tensor.data;
  return Buffer.concat([
    ...tensor.dims.map((dim) => integer(1, dim)),
    integer(2, ELEMENT_TYPE[tensor.type]),
    bytes(8, name),
    bytes(9, new Uint8Array(buffer, byteOffset, byteLength)),
  ]);
}

function valueInfo({ name, type, dims }: GraphValue): Buffer {
  const shape = dims.map((dim) => bytes(1, typeof dim === "number" ? integer(1, dim) : bytes(2, dim)));
  const tensorType = Buffer.concat([integer(1, ELEMENT_TYPE[type]), bytes(2, Buffer.concat(shape))]);
  return Buffer.concat([bytes(1, name), bytes(2, bytes(1, tensorType))]);
}

/**
 * Serialises a graph as an ONNX model.
 * @returns the bytes of a ModelProto, ready for a session
 */
export function writeOnnxModel(graph: Graph, opset = 18): Buffer {
  const domains = new Set(graph.nodes.map((item) => item.domain ?? ""));
  const body = Buffer.concat([
    ...graph.nodes.map((item) => bytes(1, encodeNode(item))),
    bytes(2, graph.name),
    ...Object.entries(graph.constants ?? {}).map(([name, tensor]) => bytes(5, constant(name, tensor))),
    ...graph.inputs.map((value) => bytes(11, valueInfo(value))),
    ...graph.outputs.map((value) => bytes(12, valueInfo(value))),
  ]);
  const imports = [...domains].map((domain) =>
    bytes(8, Buffer.concat([bytes(1, domain), integer(2, domain === "" ? opset : 1)])),
  );
  return Buffer.concat([integer(1, 8), bytes(2, "golden-sample"), bytes(7, body), ...imports]);
}
