import { type Graph, type GraphNode, type GraphValue, writeOnnxModel } from "../../lib/runtime/onnx-graph";
import { type ExternalWeights, externalTensor } from "./external-data";

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
  /** Input and output as half precision. */
  half?: boolean;
  batch?: number | string;
  /** What all tokens are multiplied by: 0, NaN and Infinity make them what no distance can be told from. */
  scale?: number;
  /** Keeps the weights in a file of their own. */
  external?: ExternalWeights;
}

/**
 * An ONNX model with a ViT's interface and no depth: one patch embedding with fixed pseudo-random weights, leading
 * tokens before it.
 */
export function tinyBackbone(options: TinyOptions = {}): Buffer {
  const { patchSize = 14, dimension = 16, leadingTokens = 1, outputName = "last_hidden_state", fixed } = options;
  const { inputChannels = 3, batch = 1, external } = options;
  const type = options.half ? "float16" : "float32";
  const weights = tinyWeights({ patchSize, dimension, inputChannels });
  const constants: Graph["constants"] = {
    ...(!external && { weights }),
    flat: { type: "int64", data: BigInt64Array.of(1n, BigInt(dimension), -1n), dims: [3] },
    scale: { type: "float32", data: Float32Array.of(options.scale ?? 1), dims: [1] },
    leading: { type: "float32", data: wave(leadingTokens * dimension), dims: [1, leadingTokens, dimension] },
  };
  const strides = { kernel_shape: [patchSize, patchSize], strides: [patchSize, patchSize] };
  const nodes: GraphNode[] = [
    { op: "Cast", inputs: ["pixel_values"], outputs: ["pixels"], attributes: { to: 1 } },
    { op: "Conv", inputs: ["pixels", "weights"], outputs: ["map"], attributes: strides },
    { op: "Reshape", inputs: ["map", "flat"], outputs: ["columns"] },
    { op: "Transpose", inputs: ["columns"], outputs: ["patches"], attributes: { perm: [0, 2, 1] } },
    { op: "Concat", inputs: ["leading", "patches"], outputs: ["tokens"], attributes: { axis: 1 } },
    { op: "Mul", inputs: ["tokens", "scale"], outputs: ["scaled"] },
    { op: "Cast", inputs: ["scaled"], outputs: [outputName], attributes: { to: options.half ? 10 : 1 } },
  ];
  const size = fixed ?? "height";
  const outputs: GraphValue[] = [{ name: outputName, type, dims: [1, "tokens", dimension] }];
  if (options.secondOutput !== undefined) {
    nodes.push({ op: "Neg", inputs: [outputName], outputs: [options.secondOutput] });
    outputs.push({ name: options.secondOutput, type, dims: [1, "tokens", dimension] });
  }
  const model = writeOnnxModel({
    name: "tiny",
    inputs: [{ name: "pixel_values", type, dims: [batch, inputChannels, size, fixed ?? "width"] }],
    outputs,
    constants,
    nodes,
  });
  return external ? Buffer.concat([model, externalTensor("weights", weights.dims, external)]) : model;
}

/** The patch embedding of `tinyBackbone`. */
export function tinyWeights({ patchSize = 14, dimension = 16, inputChannels = 3 }: TinyOptions = {}) {
  const dims = [dimension, inputChannels, patchSize, patchSize];
  return { type: "float32" as const, data: wave(dimension * inputChannels * patchSize ** 2), dims };
}

export interface TinyCnnOptions {
  /** Each a convolution of the picture itself, in cells of `stride` pixels. */
  layers: readonly { name: string; stride: number; channels: number }[];
  /** Height and width the input is fixed to. */
  fixed?: number;
  /** Size of a constant part of every vector: without it, noise alone gives blank areas their direction. */
  bias?: number;
  /** Pixels and maps with their channels last. */
  channelsLast?: boolean;
}

/** An ONNX model with a CNN's interface: one feature map a layer. */
export function tinyCnn({ layers, fixed, bias = 0, channelsLast = false }: TinyCnnOptions): Buffer {
  const [height, width] = fixed === undefined ? ["height", "width"] : [fixed, fixed];
  const last = { perm: [0, 2, 3, 1] };
  const constants: Record<string, { type: "float32"; data: Float32Array; dims: number[] }> = {};
  const nodes: GraphNode[] = [
    channelsLast
      ? { op: "Transpose", inputs: ["image"], outputs: ["planes"], attributes: { perm: [0, 3, 1, 2] } }
      : { op: "Identity", inputs: ["image"], outputs: ["planes"] },
  ];
  for (const { name, stride, channels } of layers) {
    constants[`${name}.weights`] = tinyWeights({ patchSize: stride, dimension: channels });
    const constant = wave(channels).map((value) => bias * value);
    constants[`${name}.bias`] = { type: "float32", data: constant, dims: [channels] };
    const attributes = { kernel_shape: [stride, stride], strides: [stride, stride] };
    nodes.push({
      op: "Conv",
      inputs: ["planes", `${name}.weights`, `${name}.bias`],
      outputs: [`${name}.map`],
      attributes,
    });
    nodes.push(
      channelsLast
        ? { op: "Transpose", inputs: [`${name}.map`], outputs: [name], attributes: last }
        : { op: "Identity", inputs: [`${name}.map`], outputs: [name] },
    );
  }
  const shape = (channels: number, rows: string, cols: string) =>
    channelsLast ? ["batch", rows, cols, channels] : ["batch", channels, rows, cols];
  return writeOnnxModel({
    name: "cnn",
    inputs: [
      {
        name: "image",
        type: "float32",
        dims: channelsLast ? ["batch", height!, width!, 3] : ["batch", 3, height!, width!],
      },
    ],
    outputs: layers.map(({ name, channels }) => ({
      name,
      type: "float32",
      dims: shape(channels, `${name}Rows`, `${name}Cols`),
    })),
    constants,
    nodes,
  });
}

/** Deterministic numbers without pattern, in -1..1. */
function wave(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(i * 12.9898 + 4.1414) * Math.cos(i * 78.233));
}
