import { type Graph, type GraphNode, writeOnnxModel } from "../../lib/runtime/onnx-graph";

export interface TinyOptions {
  patchSize?: number;
  dimension?: number;
  /** Class and register tokens put before the patch tokens. */
  leadingTokens?: number;
  outputName?: string;
  /** Height and width the input is fixed to. */
  fixed?: number;
  /** A second output of the same shape. */
  secondOutput?: string;
  inputChannels?: number;
}

/**
 * An ONNX model with a ViT's interface and no depth: one patch embedding with fixed pseudo-random weights, leading
 * tokens before it.
 */
export function tinyBackbone(options: TinyOptions = {}): Buffer {
  const { patchSize = 14, dimension = 16, leadingTokens = 1, outputName = "last_hidden_state", fixed } = options;
  const channels = options.inputChannels ?? 3;
  const weights = wave(dimension * channels * patchSize * patchSize);
  const constants: Graph["constants"] = {
    weights: { type: "float32", data: weights, dims: [dimension, channels, patchSize, patchSize] },
    flat: { type: "int64", data: BigInt64Array.of(1n, BigInt(dimension), -1n), dims: [3] },
    leading: { type: "float32", data: wave(leadingTokens * dimension), dims: [1, leadingTokens, dimension] },
  };
  const strides = { kernel_shape: [patchSize, patchSize], strides: [patchSize, patchSize] };
  const nodes: GraphNode[] = [
    { op: "Conv", inputs: ["pixel_values", "weights"], outputs: ["map"], attributes: strides },
    { op: "Reshape", inputs: ["map", "flat"], outputs: ["columns"] },
    { op: "Transpose", inputs: ["columns"], outputs: ["patches"], attributes: { perm: [0, 2, 1] } },
    { op: "Concat", inputs: ["leading", "patches"], outputs: [outputName], attributes: { axis: 1 } },
  ];
  const size = fixed ?? "height";
  const outputs = [{ name: outputName, type: "float32" as const, dims: [1, "tokens", dimension] }];
  if (options.secondOutput !== undefined) {
    nodes.push({ op: "Neg", inputs: [outputName], outputs: [options.secondOutput] });
    outputs.push({ name: options.secondOutput, type: "float32", dims: [1, "tokens", dimension] });
  }
  return writeOnnxModel({
    name: "tiny",
    inputs: [{ name: "pixel_values", type: "float32", dims: [1, channels, size, fixed ?? "width"] }],
    outputs,
    constants,
    nodes,
  });
}

/** Deterministic numbers without pattern, in -1..1. */
function wave(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(i * 12.9898 + 4.1414) * Math.cos(i * 78.233));
}
