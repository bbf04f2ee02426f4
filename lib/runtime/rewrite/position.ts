import type { Replacement } from "./attention";
import type { GraphView } from "./graph";
import { type Node, newNode, numbersOf, textAttribute, withAttributesOf } from "./node";

/**
 * A vision transformer's position embedding, a constant picture of many channels that is enlarged (bicubic) to the
 * frame's grid in every run, which takes 5 % of a ViT-S. What enlarges each axis is a matrix: an identity matrix
 * enlarged along that axis. So only that one channel is, and the rest are two products.
 * @returns undefined for any other Resize
 */
export function fuseResize(graph: GraphView, node: Node): Replacement | undefined {
  const [picture, , scales, sizes] = node.inputs;
  const grid = gridOf(graph, picture!);
  const isCubic = textAttribute(node, "mode") === "cubic" && !(numbersOf(node, "antialias")?.[0] ?? 0);
  if (!grid || !isCubic || graph.opset < 13 || numbersOf(node, "axes")) return undefined;
  const wanted = sizes || scales;
  if (!wanted || (sizes && scales)) return undefined;
  const [rows, cols] = grid;
  const name = (what: string) => `${node.outputs[0]}/${what}`;
  const constant = (what: string, values: readonly number[], isWhole = true) =>
    newNode({
      op: "Constant",
      inputs: [],
      outputs: [name(what)],
      attributes: isWhole ? { value_ints: values } : { value_float: { float: values[0]! } },
    });
  const identity = (what: string, size: number) => [
    constant(`${what} shape`, [size, size]),
    newNode({ op: "ConstantOfShape", inputs: [name(`${what} shape`)], outputs: [name(`${what} zeros`)] }),
    newNode({
      op: "EyeLike",
      inputs: [name(`${what} zeros`)],
      outputs: [name(`${what} matrix`)],
      attributes: { dtype: 1 },
    }),
    newNode({ op: "Unsqueeze", inputs: [name(`${what} matrix`), name("outer")], outputs: [name(what)] }),
  ];
  const part = (what: string, from: string, to: string) =>
    newNode({ op: "Slice", inputs: [wanted, name(from), name(to), name("first")], outputs: [name(what)] });
  /** The length of an axis that stays: a size of its own, or a scale of one. */
  const kept = (what: string, length: number) =>
    sizes ? [constant(what, [length])] : [constant(`${what} whole`, [1]), cast(name(`${what} whole`), name(what))];
  const enlarged = (what: string, target: string) =>
    withAttributesOf(
      {
        op: "Resize",
        inputs: [name(what), "", ...(sizes ? ["", name(target)] : [name(target)])],
        outputs: [name(`${what} enlarged`)],
      },
      node,
    );
  const together = (target: string, parts: readonly string[]) =>
    newNode({ op: "Concat", inputs: parts.map(name), outputs: [name(target)], attributes: { axis: { int: 0 } } });
  return {
    last: node,
    nodes: [
      constant("outer", [0, 1]),
      ...[0, 2, 3, 4].map((at) => constant(at === 0 ? "first" : `at ${at}`, [at])),
      ...kept("one", 1),
      ...kept("rows", rows),
      ...kept("cols", cols),
      part("height", "at 2", "at 3"),
      part("width", "at 3", "at 4"),
      together("down", ["one", "one", "height", "rows"]),
      together("across", ["one", "one", "cols", "width"]),
      ...identity("vertical", rows),
      ...identity("horizontal", cols),
      enlarged("vertical", "down"),
      enlarged("horizontal", "across"),
      newNode({ op: "MatMul", inputs: [name("vertical enlarged"), picture!], outputs: [name("tall")] }),
      newNode({ op: "MatMul", inputs: [name("tall"), name("horizontal enlarged")], outputs: [node.outputs[0]!] }),
    ],
  };
}

const cast = (from: string, to: string) =>
  newNode({ op: "Cast", inputs: [from], outputs: [to], attributes: { to: 1 } });

/** Rows and columns of a constant picture [1, channels, rows, cols], or of one that is turned to that. */
function gridOf(graph: GraphView, name: string): [number, number] | undefined {
  const dims = graph.constant(name)?.dims;
  if (dims?.length === 4) return [dims[2]!, dims[3]!];
  const turned = graph.producer(name);
  if (turned?.op !== "Transpose" || numbersOf(turned, "perm")?.join() !== "0,3,1,2") return undefined;
  const reshape = graph.producer(turned.inputs[0]!);
  const shape = reshape?.op === "Reshape" ? graph.shape(reshape.inputs[1]!) : undefined;
  const [, rows, cols] = shape ?? [];
  if (shape?.length === 4 && rows && cols && rows > 0 && cols > 0) return [rows, cols];
  // A constant [1, patches, channels], whose square grid the model computes from their number.
  const flat = reshape && graph.constant(reshape.inputs[0]!)?.dims;
  const side = Math.sqrt(flat?.length === 3 ? flat[1]! : Number.NaN);
  return Number.isInteger(side) ? [side, side] : undefined;
}
