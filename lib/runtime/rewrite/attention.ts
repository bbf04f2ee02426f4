import type { GraphView } from "./graph";
import { type Factor, type Heads, headsOf } from "./heads";
import { type Node, newNode, numbersOf } from "./node";
import { MICROSOFT } from "./onnx-file";

/** Where one operation takes the place of an attention. */
export interface Replacement {
  /** The node that gives the attention's result, [batch, tokens, width]. */
  last: Node;
  /** What comes in its place; all before it that nothing else uses goes. */
  nodes: Node[];
}

/** Axes of query, value and the result, and of the key, by what they were reshaped from; four and five axes. */
const AXES = { 4: { rows: "0,2,1,3", columns: "0,2,3,1" }, 5: { rows: "0,3,1,4", columns: "0,3,4,1" } } as const;

/**
 * Recognises softmax(scale q k^T) v as exporters write it: torch's (TorchScript and dynamo, by hand or from
 * scaled_dot_product_attention), with query, key and value from one product or from three, the scale on any of them, in
 * constants or computed. In its place comes `MultiHeadAttention` of com.microsoft, which keeps the similarities in the
 * processor's cache (FlashAttention, Dao et al. 2022) and arranges heads by itself.
 * @returns undefined for any other form, and for attention with a mask or bias
 */
export function fuseAttention(graph: GraphView, softmax: Node): Replacement | undefined {
  const axis = numbersOf(softmax, "axis")?.[0] ?? (graph.opset >= 13 ? -1 : undefined);
  if (axis !== -1 && axis !== 3) return undefined;
  const scores = scoresOf(graph, softmax.inputs[0]!);
  const weighted = graph.onlyUser(softmax.outputs[0]!);
  if (!scores || weighted?.op !== "MatMul") return undefined;
  const used = graph.onlyUser(weighted.outputs[0]!);
  const turned = used?.op === "Reshape" && isOfHeads(graph, used) ? graph.onlyUser(used.outputs[0]!) : used;
  const last = turned && graph.onlyUser(turned.outputs[0]!);
  if (turned?.op !== "Transpose" || numbersOf(turned, "perm")?.join() !== "0,2,1,3") return undefined;
  if (last?.op !== "Reshape" || graph.shape(last.inputs[1]!)?.length !== 3) return undefined;

  const [query, key] = scores.product.inputs.map((input) => headsOf(graph, input));
  const value = headsOf(graph, weighted.inputs[1]!);
  if (!query || !key || !value || value.factors.length > 0) return undefined;
  const kind = query.dims.length === 4 ? AXES[4] : AXES[5];
  const isSo = query.axes.join() === kind.rows && key.axes.join() === kind.columns && value.axes.join() === kind.rows;
  const size = headSize(graph, query);
  if (!isSo || !size) return undefined;
  const scale = product(graph, [...query.factors, ...key.factors, ...scores.factors], size.size);
  const projected = projections(graph, [query, key, value], last.outputs[0]!);
  if (scale === undefined || !projected) return undefined;
  return {
    last,
    nodes: [
      ...projected.nodes,
      newNode({
        op: "MultiHeadAttention",
        domain: MICROSOFT,
        inputs: projected.inputs,
        outputs: [last.outputs[0]!],
        attributes: { num_heads: { int: size.heads }, scale: { float: scale } },
      }),
    ],
  };
}

/** To the four axes that the result has already. */
const isOfHeads = (graph: GraphView, reshape: Node) => graph.shape(reshape.inputs[1]!)?.length === 4;

/** The product of query and key, and what it is multiplied with on its way to the softmax. */
function scoresOf(graph: GraphView, name: string): { product: Node; factors: Factor[] } | undefined {
  const node = graph.producer(name);
  if (node?.op === "MatMul") return { product: node, factors: [] };
  const [a, b] = node?.inputs ?? [];
  if (a === undefined || b === undefined) return undefined;
  if (node?.op === "Add" && hidesNothing(graph, b)) return scoresOf(graph, a);
  if (node?.op !== "Mul" && node?.op !== "Div") return undefined;
  const before = scoresOf(graph, a);
  if (before) return { ...before, factors: [...before.factors, { name: b, divides: node.op === "Div" }] };
  const other = node.op === "Mul" ? scoresOf(graph, b) : undefined;
  return other && { ...other, factors: [...other.factors, { name: a, divides: false }] };
}

/** Hugging Face's models mask what is before the first token: nothing is, so that the mask is 0 throughout. */
function hidesNothing(graph: GraphView, name: string): boolean {
  const mask = graph.producer(name);
  if (mask?.op !== "Where" || graph.values(mask.inputs[1])?.[0] !== 0) return false;
  const compared = behind(graph, mask.inputs[0]!, ["Expand", "Unsqueeze"]);
  if (compared?.op !== "GreaterOrEqual" || graph.values(compared.inputs[1])?.[0] !== 0) return false;
  const range = behind(graph, compared.inputs[0]!, ["Expand", "Unsqueeze"]);
  return range?.op === "Range" && graph.values(range.inputs[0])?.[0] === 0;
}

function behind(graph: GraphView, name: string, passed: readonly string[]): Node | undefined {
  const node = graph.producer(name);
  return node && passed.includes(node.op) ? behind(graph, node.inputs[0]!, passed) : node;
}

function headSize(graph: GraphView, { dims, source }: Heads): { heads: number; size: number } | undefined {
  const [heads, size] = dims.slice(-2).map((dim) => (dim !== undefined && dim > 0 ? dim : undefined));
  if (heads && size) return { heads, size };
  const width = (graph.width(source) ?? Number.NaN) / (dims.length === 5 ? 3 : 1);
  if (heads && Number.isInteger(width / heads)) return { heads, size: width / heads };
  return size && Number.isInteger(width / size) ? { heads: width / size, size } : undefined;
}

function product(graph: GraphView, factors: readonly Factor[], headSize: number): number | undefined {
  let scale = 1;
  for (const { name, divides } of factors) {
    const value = graph.scalar(name, headSize);
    if (value === undefined) return undefined;
    scale *= divides ? 1 / value : value;
  }
  return scale;
}

/** Query, key and value as the operation takes them, [batch, tokens, width] each, and their biases together. */
function projections(graph: GraphView, three: readonly Heads[], name: string) {
  const [query, key, value] = three as [Heads, Heads, Heads];
  if (query.dims.length === 5) {
    const isOne = three.every(({ source, dims }) => source === query.source && dims.length === 5);
    if (!isOne || new Set(three.map(({ part }) => part)).size !== 3) return undefined;
    const width = graph.width(query.source);
    if (width === undefined || width % 3 !== 0) return undefined;
    const inOrder = three.every(({ part }, i) => part === i);
    const { product, bias } = inOrder ? withoutBias(graph, query.source) : { product: query.source, bias: undefined };
    const parts = [0, 1, 2].map((part) => `${name}/part ${part}`);
    const sizes = [1, 1, 1].map(() => width / 3);
    const inputs = three.map(({ part }) => parts[part!]!);
    return { nodes: split(graph, product, parts, sizes), inputs: bias === undefined ? inputs : [...inputs, bias] };
  }
  if (key.dims.length !== 4 || value.dims.length !== 4) return undefined;
  const each = three.map(({ source }) => withoutBias(graph, source));
  if (each.some(({ bias }) => bias === undefined)) return { nodes: [], inputs: three.map(({ source }) => source) };
  const joined = `${name}/biases`;
  const biases = {
    op: "Concat",
    inputs: each.map(({ bias }) => bias!),
    outputs: [joined],
    attributes: { axis: { int: 0 } },
  };
  return { nodes: [newNode(biases)], inputs: [...each.map(({ product }) => product), joined] };
}

function withoutBias(graph: GraphView, name: string): { product: string; bias?: string } {
  const add = graph.producer(name);
  if (add?.op !== "Add") return { product: name };
  const bias = add.inputs.find((input) => graph.bias(input) !== undefined);
  const product = add.inputs.find((input) => graph.producer(input)?.op === "MatMul");
  return bias !== undefined && product !== undefined ? { product, bias } : { product: name };
}

function split(graph: GraphView, source: string, parts: string[], sizes: number[]): Node[] {
  if (graph.opset < 13)
    return [newNode({ op: "Split", inputs: [source], outputs: parts, attributes: { axis: 2, split: sizes } })];
  const lengths = `${parts[0]}/lengths`;
  return [
    newNode({ op: "Constant", inputs: [], outputs: [lengths], attributes: { value_ints: sizes } }),
    newNode({ op: "Split", inputs: [source, lengths], outputs: parts, attributes: { axis: 2 } }),
  ];
}
