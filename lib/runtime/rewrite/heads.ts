import type { GraphView } from "./graph";
import { type Node, numbersOf } from "./node";

/** A tensor of an attention, told by where it comes from: a product's result, seen as [batch, tokens, heads, size]. */
export interface Heads {
  /** [batch, tokens, width]: what was reshaped. */
  source: string;
  /** What it was reshaped to, as far as that is known: [batch, tokens, heads, size] or [batch, tokens, 3, heads, size]. */
  dims: readonly (number | undefined)[];
  /** Which of these each axis is; JOINED where it was cut to a length of one. */
  axes: readonly number[];
  /** Which of the three. */
  part?: number;
  /** Single numbers it was multiplied with, or divided by. */
  factors: readonly Factor[];
}

export interface Factor {
  name: string;
  divides: boolean;
}

const JOINED = -1;
/** The axis of query, key and value where these are joined. */
const THREE = 2;

/** Follows a tensor back to the Reshape that made heads of it, through what exporters put in between. */
export function headsOf(graph: GraphView, name: string): Heads | undefined {
  const node = graph.producer(name);
  if (!node) return undefined;
  const before = () => headsOf(graph, node.inputs[0]!);
  switch (node.op) {
    case "Reshape":
      return lastTwoSwapped(graph, node) ?? reshaped(graph, node);
    case "Transpose": {
      const heads = before();
      const order = numbersOf(node, "perm");
      return heads && order?.length === heads.axes.length
        ? { ...heads, axes: order.map((axis) => heads.axes[axis]!) }
        : undefined;
    }
    case "Gather":
      return without(cut(before(), numbersOf(node, "axis")?.[0] ?? 0, graph.values(node.inputs[1])), [
        numbersOf(node, "axis")?.[0] ?? 0,
      ]);
    case "Split":
      return cut(before(), numbersOf(node, "axis")?.[0] ?? 0, outputOf(graph, node, name));
    case "Slice": {
      const [start, end, axis] = [1, 2, 3].map((i) => graph.values(node.inputs[i]));
      const isOne = start?.length === 1 && end?.[0] === start[0]! + 1 && (graph.values(node.inputs[4])?.[0] ?? 1) === 1;
      return isOne ? cut(before(), axis?.[0] ?? 0, start) : undefined;
    }
    case "Squeeze":
      return without(before(), graph.axes(node));
    case "Mul":
    case "Div":
      return scaled(graph, node);
    default:
      return undefined;
  }
}

function reshaped(graph: GraphView, { inputs }: Node): Heads | undefined {
  const dims = graph.shape(inputs[1]!);
  if (dims?.length !== 4 && !(dims?.length === 5 && dims[THREE] === 3)) return undefined;
  return { source: inputs[0]!, dims, axes: dims.map((_, axis) => axis), factors: [] };
}

/** torch's dynamo swaps the last two axes of a key in three: to [-1, tokens, size], swapped, and back to four axes. */
function lastTwoSwapped(graph: GraphView, { inputs }: Node): Heads | undefined {
  const swap = graph.producer(inputs[0]!);
  const flat = swap?.op === "Transpose" ? graph.producer(swap.inputs[0]!) : undefined;
  if (flat?.op !== "Reshape" || numbersOf(swap!, "perm")?.join() !== "0,2,1") return undefined;
  const heads = headsOf(graph, flat.inputs[0]!);
  if (heads?.axes.length !== 4) return undefined;
  const [batch, head, tokens, size] = heads.axes as [number, number, number, number];
  return { ...heads, axes: [batch, head, size, tokens] };
}

/** One of the three, its axis still there. */
function cut(heads: Heads | undefined, axis: number, part: readonly number[] | undefined): Heads | undefined {
  if (!heads || heads.part !== undefined || part?.length !== 1) return undefined;
  const at = axis < 0 ? axis + heads.axes.length : axis;
  if (heads.dims.length !== 5 || heads.axes[at] !== THREE || !(part[0]! >= 0 && part[0]! < 3)) return undefined;
  return { ...heads, part: part[0]!, axes: heads.axes.with(at, JOINED) };
}

function without(heads: Heads | undefined, axes: readonly number[] | undefined): Heads | undefined {
  if (!heads) return undefined;
  const gone = axes?.map((axis) => (axis < 0 ? axis + heads.axes.length : axis));
  const isGone = (axis: number, at: number) => gone?.includes(at) ?? axis === JOINED;
  if (heads.axes.some((axis, at) => isGone(axis, at) && axis !== JOINED)) return undefined;
  return { ...heads, axes: heads.axes.filter((axis, at) => !isGone(axis, at)) };
}

/** Which of a Split's three equal outputs a value is. */
function outputOf(graph: GraphView, node: Node, name: string): number[] | undefined {
  const sizes = numbersOf(node, "split") ?? graph.values(node.inputs[1]);
  if (node.outputs.length !== 3 || sizes?.some((size) => size !== 1)) return undefined;
  const at = node.outputs.indexOf(name);
  return at < 0 ? undefined : [at];
}

function scaled(graph: GraphView, { op, inputs }: Node): Heads | undefined {
  const [a, b] = inputs as [string, string];
  const heads = headsOf(graph, a);
  if (heads) return { ...heads, factors: [...heads.factors, { name: b, divides: op === "Div" }] };
  const other = op === "Mul" ? headsOf(graph, b) : undefined;
  return other && { ...other, factors: [...other.factors, { name: a, divides: false }] };
}
