import { encodeNode } from "../lib/runtime/onnx-graph";
import { bytes, type Field, integer, readFields, textOf, textsOf } from "../lib/runtime/protobuf";

/** Field numbers of onnx.proto. */
const MODEL = { graph: 7, opset: 8 } as const;
const GRAPH = { node: 1, initializer: 5 } as const;
const NODE = { input: 1, output: 2, op: 4, domain: 7 } as const;
const TENSOR = { dims: 1, type: 2, name: 8, raw: 9 } as const;
const TYPE = { float32: 1, int8: 3 } as const;
const MICROSOFT = "com.microsoft";

interface Weights {
  rows: number;
  cols: number;
  values: Float32Array;
}

/**
 * A dynamically quantised copy of a model: every product with constant weights (MatMul) becomes a
 * DynamicQuantizeMatMul, its weights in int8 with a scale a column, its activations quantised as they come. Everything
 * else, the products of attention above all, stays in float32.
 * @param model the bytes of an ONNX file without external data
 * @throws {RangeError} where these are no ONNX model
 */
export function quantise(model: Uint8Array): { model: Buffer; products: number } {
  const outer = readFields(model);
  const graph = readFields(outer.find(({ number }) => number === MODEL.graph)?.content ?? new Uint8Array());
  const initializers = new Map(
    graph
      .filter(({ number }) => number === GRAPH.initializer)
      .map((field) => [textOf(readFields(field.content), TENSOR.name), field]),
  );
  const replaced = new Set<Field>();
  const added: Buffer[] = [];
  const rewritten = graph.map((field) => {
    if (field.number !== GRAPH.node) return field.raw;
    const node = readFields(field.content);
    const [input = "", weightName = ""] = textsOf(node, NODE.input);
    const initializer = initializers.get(weightName);
    if (textOf(node, NODE.op) !== "MatMul" || textOf(node, NODE.domain) !== "" || !initializer) return field.raw;
    const weights = readWeights(initializer);
    if (!weights) return field.raw;
    const names = [`${weightName} int8`, `${weightName} scales`] as const;
    if (!replaced.has(initializer)) added.push(...quantised(weights, ...names));
    replaced.add(initializer);
    const outputs = textsOf(node, NODE.output);
    const inputs = [input, ...names];
    return bytes(GRAPH.node, encodeNode({ op: "DynamicQuantizeMatMul", inputs, outputs, domain: MICROSOFT }));
  });
  // Weights that another node uses too would have to stay; exporters give every product its own.
  const kept = rewritten.filter((_, i) => !replaced.has(graph[i]!));
  const body = bytes(MODEL.graph, Buffer.concat([...kept, ...added]));
  const others = outer.filter(({ number }) => number !== MODEL.graph).map(({ raw }) => raw);
  const domain = bytes(MODEL.opset, Buffer.concat([bytes(1, MICROSOFT), integer(2, 1)]));
  return { model: Buffer.concat([...others, body, domain]), products: replaced.size };
}

/** Of a float32 matrix kept in the model itself; absent for anything else. */
function readWeights({ content }: Field): Weights | undefined {
  const tensor = readFields(content);
  const [rows, cols, ...more] = dims(tensor);
  const type = tensor.find(({ number }) => number === TENSOR.type)?.value;
  const raw = tensor.find(({ number }) => number === TENSOR.raw)?.content;
  if (type !== TYPE.float32 || raw === undefined || rows === undefined || cols === undefined || more.length > 0)
    return undefined;
  // Copied: a float array has to begin at a multiple of four bytes.
  return { rows, cols, values: new Float32Array(new Uint8Array(raw).buffer) };
}

/** One field each, or all packed in one. */
function dims(tensor: readonly Field[]): number[] {
  const fields = tensor.filter(({ number }) => number === TENSOR.dims);
  return fields.flatMap(({ content, value }) => (content.length === 0 ? [value] : unpack(content)));
}

function unpack(content: Uint8Array): number[] {
  const values: number[] = [];
  for (let at = 0, value = 0, scale = 1; at < content.length; at++) {
    value += (content[at]! & 0x7f) * scale;
    scale *= 128;
    if (content[at]! >= 0x80) continue;
    values.push(value);
    [value, scale] = [0, 1];
  }
  return values;
}

/** Symmetric, a scale a column: the two initializers. */
function quantised({ rows, cols, values }: Weights, name: string, scaleName: string): Buffer[] {
  const scales = new Float32Array(cols);
  for (let row = 0, i = 0; row < rows; row++)
    for (let col = 0; col < cols; col++, i++) scales[col] = Math.max(scales[col]!, Math.abs(values[i]!) / 127);
  const whole = new Int8Array(values.length);
  for (let row = 0, i = 0; row < rows; row++)
    for (let col = 0; col < cols; col++, i++) whole[i] = scales[col] === 0 ? 0 : Math.round(values[i]! / scales[col]!);
  return [tensor(name, TYPE.int8, [rows, cols], whole), tensor(scaleName, TYPE.float32, [cols], scales)];
}

function tensor(name: string, type: number, size: readonly number[], { buffer }: Int8Array | Float32Array): Buffer {
  const fields = [...size.map((dim) => integer(TENSOR.dims, dim)), integer(TENSOR.type, type)];
  return bytes(
    GRAPH.initializer,
    Buffer.concat([...fields, bytes(TENSOR.name, name), bytes(TENSOR.raw, new Uint8Array(buffer))]),
  );
}
