import { type Attribute, type GraphNode, writeOnnxModel } from "../../runtime/onnx-graph";
import type { TensorData } from "../../runtime/types";

type Constant = TensorData & { dims: readonly number[] };

export interface Convolution {
  /** One filter an output channel, each [input channels of its group][size * size]. */
  filters: readonly (readonly (readonly number[])[])[];
  size: number;
  stride?: number;
  groups?: number;
}

/** Writes down filter operations on feature maps [batch, channels, height, width] as nodes of an ONNX graph. */
export class FilterGraph {
  private readonly nodes: GraphNode[] = [];
  private readonly constants: Record<string, Constant> = {};

  /** @returns the name of the operation's result */
  apply(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    const output = `map${this.nodes.length}`;
    this.nodes.push({ op, inputs, outputs: [output], attributes });
    return output;
  }

  numbers(values: readonly number[], dims: readonly number[] = [values.length]): string {
    return this.constant({ type: "float32", data: Float32Array.from(values), dims });
  }

  integers(values: readonly number[]): string {
    return this.constant({ type: "int64", data: BigInt64Array.from(values, BigInt), dims: [values.length] });
  }

  /**
   * Filters so that a stride of s gives 1 / s of the size exactly. The border's values go on outside: zeros, the
   * operator's own way, would draw an edge around every image.
   */
  convolve(input: string, { filters, size, stride = 1, groups = 1 }: Convolution): string {
    const margin = (size - (size % 2 === 1 ? 1 : stride)) / 2;
    const pads = this.integers([0, 0, margin, margin, 0, 0, margin, margin]);
    const padded = margin > 0 ? this.apply("Pad", [input, pads], { mode: "edge" }) : input;
    const weights = this.numbers(filters.flat(2), [filters.length, filters[0]!.length, size, size]);
    return this.apply("Conv", [padded, weights], {
      kernel_shape: [size, size],
      strides: [stride, stride],
      group: groups,
    });
  }

  averagePool(input: string, size: number): string {
    return size === 1
      ? input
      : this.apply("AveragePool", [input], { kernel_shape: [size, size], strides: [size, size] });
  }

  /** Ends the graph: maps [batch, dimension, rows, cols] become `patch_tokens` [batch, rows * cols, dimension]. */
  write(maps: string, dimension: number): Buffer {
    const last = this.apply("Transpose", [maps], { perm: [0, 2, 3, 1] });
    const shape = this.integers([0, -1, dimension]);
    this.nodes.push({ op: "Reshape", inputs: [last, shape], outputs: ["patch_tokens"] });
    return writeOnnxModel({
      name: "texture",
      inputs: [{ name: "pixel_values", type: "float32", dims: ["batch", 3, "height", "width"] }],
      outputs: [{ name: "patch_tokens", type: "float32", dims: ["batch", "patches", dimension] }],
      constants: this.constants,
      nodes: this.nodes,
    });
  }

  private constant(value: Constant): string {
    const name = `constant${Object.keys(this.constants).length}`;
    this.constants[name] = value;
    return name;
  }
}
