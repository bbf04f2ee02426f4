import { type Constant, constantOf, type Node, numbersOf } from "./node";
import type { OnnxFile } from "./onnx-file";

/** What passes its first input on as it is, as far as forms are told. */
const PASSING = ["Identity", "Cast", "Dropout"];
/** Of a single number. */
const RESHAPING = [...PASSING, "Squeeze", "Unsqueeze", "Reshape"];

/** Who makes what, and who uses it. */
export class GraphView {
  private readonly producers = new Map<string, Node>();
  private readonly users = new Map<string, Node[]>();

  constructor(private readonly file: OnnxFile) {
    for (const node of file.nodes) {
      for (const output of node.outputs) if (output !== "") this.producers.set(output, node);
      for (const input of new Set([...node.inputs, ...node.outer]))
        this.users.set(input, [...(this.users.get(input) ?? []), node]);
    }
  }

  get opset(): number {
    return this.file.opset;
  }

  /** What makes a value; of what only passes it on, what is before that. */
  producer(name: string): Node | undefined {
    const node = this.producers.get(name);
    return node && PASSING.includes(node.op) ? (this.producer(node.inputs[0]!) ?? node) : node;
  }

  /**
   * The one operation that uses a value, behind what only passes it on; absent where there are others, or an output. Who
   * asks for its shape alone does not count: what for, goes where it is no longer needed.
   */
  onlyUser(name: string): Node | undefined {
    if (this.file.outputs.has(name)) return undefined;
    const users = (this.users.get(name) ?? []).filter(({ op }) => op !== "Shape");
    const [only] = users;
    if (users.length === 2) return this.exceptNaN(users);
    if (users.length !== 1 || !only) return undefined;
    return PASSING.includes(only.op) ? this.onlyUser(only.outputs[0]!) : only;
  }

  /** torch's dynamo puts 0 in place of what is no number; among numbers there is nothing to it. */
  private exceptNaN(users: readonly Node[]): Node | undefined {
    const test = users.find(({ op }) => op === "IsNaN");
    const choice = users.find(({ op }) => op === "Where");
    if (!test || !choice) return undefined;
    const isSo = choice.inputs[0] === test.outputs[0] && this.values(choice.inputs[1])?.[0] === 0;
    return isSo ? this.onlyUser(choice.outputs[0]!) : undefined;
  }

  constant(name: string): Constant | undefined {
    const known = this.file.constants.get(name);
    if (known) return known;
    const node = this.producers.get(name);
    if (!node) return undefined;
    return PASSING.includes(node.op) ? this.constant(node.inputs[0]!) : constantOf(node);
  }

  values(name: string | undefined): readonly number[] | undefined {
    return name === undefined ? undefined : this.constant(name)?.values;
  }

  /** The shape that a Reshape is given, as far as it is known: numbers put together (Concat) from some that are not. */
  shape(name: string): (number | undefined)[] | undefined {
    const known = this.values(name);
    if (known) return [...known];
    const node = this.producer(name);
    if (node?.op !== "Concat") return undefined;
    return node.inputs.flatMap((input): readonly (number | undefined)[] => this.values(input) ?? [undefined]);
  }

  /** The last dimension of what a product with constant weights gives. */
  width(name: string): number | undefined {
    const node = this.producer(name);
    if (node?.op === "MatMul") return this.constant(node.inputs[1]!)?.dims[1];
    if (node?.op !== "Add") return undefined;
    const widths = node.inputs.map((input) => this.bias(input) ?? this.width(input));
    return widths.find((width) => width !== undefined);
  }

  /** The length of a constant vector. */
  bias(name: string): number | undefined {
    const dims = this.constant(name)?.dims;
    return dims?.length === 1 ? dims[0] : undefined;
  }

  /**
   * A single number. What an exporter has the model compute from a shape is taken for the size of a head, as it is in
   * every scale of an attention: that it is right, comparing the results says.
   */
  scalar(name: string, headSize: number): number | undefined {
    const known = this.values(name);
    if (known) return known.length === 1 ? known[0] : undefined;
    const node = this.producers.get(name);
    if (!node) return undefined;
    const [a, b] = node.inputs;
    const of = (input: string | undefined) => (input === undefined ? undefined : this.scalar(input, headSize));
    if (RESHAPING.includes(node.op)) return of(a);
    if (this.isOfShape(node)) return headSize;
    if (node.op === "Div" && this.isWhole(a!)) return headSize;
    const [x, y] = [of(a), of(b)];
    if (x === undefined) return undefined;
    if (node.op === "Sqrt") return Math.sqrt(x);
    if (node.op === "Reciprocal") return 1 / x;
    if (y === undefined) return undefined;
    if (node.op === "Pow") return x ** y;
    if (node.op === "Mul") return x * y;
    return node.op === "Div" ? x / y : undefined;
  }

  private isOfShape({ op, inputs }: Node): boolean {
    return (op === "Gather" || op === "Slice") && this.producer(inputs[0]!)?.op === "Shape";
  }

  private isWhole(name: string): boolean {
    const node = this.producer(name);
    return node !== undefined && this.isOfShape(node);
  }

  /** Axes as attribute (before opset 13) or as input. */
  axes(node: Node): readonly number[] | undefined {
    return numbersOf(node, "axes") ?? this.values(node.inputs[1]);
  }
}
