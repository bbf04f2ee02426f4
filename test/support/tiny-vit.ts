import { type Graph, type GraphNode, writeOnnxModel } from "../../lib/runtime/onnx-graph";

/** As exporters write an attention; see `tinyVit`. */
export const FORMS = [
  /** Query, key and value from one product, cut apart by Gather, the scale on the query: torch's TorchScript, DINOv2. */
  "joined",
  /** The same cut apart by Split and Squeeze, both sides scaled by a root that is computed from the shape: torch's sdpa. */
  "joined, scale computed",
  /** Cut before it is turned, by Slice; the key turned in three axes: torch's dynamo. */
  "dynamo",
  /** Three products, the scale on their similarity: Hugging Face. */
  "separate",
  /** A mask that hides nothing, and 0 in place of what is no number: Hugging Face through dynamo. */
  "separate, masked nowhere",
  /** Something that is no attention of a vision transformer's: similarities with a bias. */
  "biased",
] as const;
export type Form = (typeof FORMS)[number];

const [PATCH, DIMENSION, HEADS, GRID] = [14, 16, 2, 5];
const SIZE = DIMENSION / HEADS;

export interface TinyVitOptions {
  form: Form;
  registers?: number;
  /** What the scale is multiplied with, for one that is not the usual. */
  scaleBy?: number;
}

/** An ONNX model of a small vision transformer: patch embedding, enlarged position embedding, one block of attention. */
export function tinyVit({ form, registers = 0, scaleBy = 1 }: TinyVitOptions): Buffer {
  const leading = 1 + registers;
  const whole = (...values: number[]) => ({
    type: "int64" as const,
    data: BigInt64Array.from(values, BigInt),
    dims: [values.length],
  });
  const floats = (dims: number[], seed: number, by = 1) => {
    const length = dims.reduce((product, dim) => product * dim, 1);
    const data = Float32Array.from({ length }, (_, i) => by * Math.sin(i * 12.9898 + seed) * Math.cos(i * 78.233));
    return { type: "float32" as const, data, dims };
  };
  const number = (value: number) => ({ type: "float32" as const, data: Float32Array.of(value), dims: [] });
  const constants: Record<string, NonNullable<Graph["constants"]>[string]> = {
    embedding: floats([DIMENSION, 3, PATCH, PATCH], 1, 0.1),
    "embedding bias": floats([DIMENSION], 2),
    positions: floats([1, DIMENSION, GRID, GRID], 3),
    leading: floats([1, leading, DIMENSION], 4),
    outer: whole(1, DIMENSION),
    flat: whole(1, DIMENSION, -1),
    zero: whole(0),
    one: whole(1),
    two: whole(2),
    three: whole(3),
    four: whole(4),
    minus: whole(-1),
    end: whole(2 ** 53),
    nothing: number(0),
    least: number(-3e38),
    scale: number(scaleBy / Math.sqrt(SIZE)),
    root: number(Math.sqrt(scaleBy)),
    unit: number(1),
  };
  const nodes: GraphNode[] = [];
  const add = (op: string, inputs: string[], output: string, attributes?: GraphNode["attributes"]) => {
    nodes.push({ op, inputs, outputs: [output], ...(attributes && { attributes }) });
    return output;
  };
  add("Conv", ["pixel_values", "embedding", "embedding bias"], "map", {
    kernel_shape: [PATCH, PATCH],
    strides: [PATCH, PATCH],
  });
  add("Shape", ["map"], "map shape");
  add("Slice", ["map shape", "two", "four", "zero"], "grid");
  add("Concat", ["outer", "grid"], "enlarged size", { axis: { int: 0 } });
  add("Resize", ["positions", "", "", "enlarged size"], "enlarged", {
    mode: "cubic",
    cubic_coeff_a: { float: -0.75 },
    coordinate_transformation_mode: "half_pixel",
  });
  add("Add", ["map", "enlarged"], "placed");
  add("Reshape", ["placed", "flat"], "columns");
  add("Transpose", ["columns"], "patches", { perm: [0, 2, 1] });
  add("Concat", ["leading", "patches"], "tokens", { axis: { int: 1 } });
  const projected = (name: string, width: number, seed: number) => {
    constants[`${name} weights`] = floats([DIMENSION, width], seed);
    constants[`${name} bias`] = floats([width], seed + 1);
    add("MatMul", ["tokens", `${name} weights`], `${name} product`);
    // Exporters write the bias on either side.
    return add("Add", [`${name} bias`, `${name} product`], name);
  };
  const scaled = attend();
  add("Softmax", [scaled.scores], "weights", { axis: { int: -1 } });
  if (form === "separate, masked nowhere") {
    add("IsNaN", ["weights"], "odd");
    add("Where", ["odd", "nothing", "weights"], "attention weights");
  } else add("Identity", ["weights"], "attention weights");
  add("MatMul", ["attention weights", scaled.value], "attended");
  add("Transpose", ["attended"], "turned back", { perm: [0, 2, 1, 3] });
  constants.joined = whole(1, -1, DIMENSION);
  add("Reshape", ["turned back", "joined"], "together");
  add("Add", ["tokens", "together"], "last_hidden_state");
  return writeOnnxModel({
    name: "tiny vit",
    inputs: [{ name: "pixel_values", type: "float32", dims: [1, 3, "height", "width"] }],
    outputs: [{ name: "last_hidden_state", type: "float32", dims: [1, "tokens", DIMENSION] }],
    constants,
    nodes,
  });

  function attend(): { scores: string; value: string } {
    if (form.startsWith("separate") || form === "biased") return separate();
    projected("qkv", 3 * DIMENSION, 20);
    constants["qkv shape"] = whole(1, -1, 3, HEADS, SIZE);
    add("Reshape", ["qkv", "qkv shape"], "five");
    if (form === "dynamo") return dynamo();
    add("Transpose", ["five"], "parts", { perm: [2, 0, 3, 1, 4] });
    if (form === "joined") {
      for (const [i, name] of ["query", "key", "value"].entries()) {
        constants[`part ${i}`] = { type: "int64", data: BigInt64Array.of(BigInt(i)), dims: [] };
        add("Gather", ["parts", `part ${i}`], name, { axis: { int: 0 } });
      }
      add("Mul", ["query", "scale"], "scaled query");
      add("Transpose", ["key"], "columns of key", { perm: [0, 1, 3, 2] });
      return { scores: add("MatMul", ["scaled query", "columns of key"], "scores"), value: "value" };
    }
    constants.ones = whole(1, 1, 1);
    nodes.push({
      op: "Split",
      inputs: ["parts", "ones"],
      outputs: ["q1", "k1", "v1"],
      attributes: { axis: { int: 0 } },
    });
    for (const [from, to] of [
      ["q1", "query"],
      ["k1", "key"],
      ["v1", "value"],
    ] as const)
      add("Squeeze", [from, "zero"], to);
    add("Shape", ["query"], "query shape");
    add("Slice", ["query shape", "minus", "end"], "size");
    add("Cast", ["size"], "size as number", { to: 1 });
    add("Sqrt", ["size as number"], "root of size");
    add("Div", ["unit", "root of size"], "usual scale");
    add("Sqrt", ["usual scale"], "half scale");
    add("Mul", ["half scale", "root"], "each side");
    add("Mul", ["query", "each side"], "scaled query");
    add("Transpose", ["key"], "columns of key", { perm: [0, 1, 3, 2] });
    add("Mul", ["columns of key", "each side"], "scaled key");
    return { scores: add("MatMul", ["scaled query", "scaled key"], "scores"), value: "value" };
  }

  function dynamo(): { scores: string; value: string } {
    for (const [name, from, to] of [
      ["query", "zero", "one"],
      ["key", "one", "two"],
      ["value", "two", "three"],
    ] as const) {
      add("Slice", ["five", from, to, "two"], `${name} of five`);
      add("Squeeze", [`${name} of five`, "two"], `${name} rows`);
      add("Transpose", [`${name} rows`], name, { perm: [0, 2, 1, 3] });
    }
    Object.assign(constants, { flatter: whole(HEADS, -1, SIZE), back: whole(1, HEADS, SIZE, -1) });
    add("Reshape", ["key", "flatter"], "key in three");
    add("Transpose", ["key in three"], "key turned", { perm: [0, 2, 1] });
    add("Reshape", ["key turned", "back"], "columns of key");
    add("MatMul", ["query", "columns of key"], "similarity");
    return { scores: add("Mul", ["similarity", "scale"], "scores"), value: "value" };
  }

  function separate(): { scores: string; value: string } {
    constants["head shape"] = whole(1, -1, HEADS, SIZE);
    for (const [i, name] of ["query", "key", "value"].entries()) {
      projected(`${name} projection`, DIMENSION, 30 + 2 * i);
      add("Reshape", [`${name} projection`, "head shape"], `${name} heads`);
      add("Transpose", [`${name} heads`], name, { perm: name === "key" ? [0, 2, 3, 1] : [0, 2, 1, 3] });
    }
    add("MatMul", ["query", "key"], "similarity");
    add("Mul", ["similarity", "scale"], "scores");
    if (form === "separate") return { scores: "scores", value: "value" };
    if (form === "biased") {
      constants.bias = floats([1, HEADS, 1, 1], 50);
      return { scores: add("Add", ["scores", "bias"], "biased"), value: "value" };
    }
    add("Shape", ["tokens"], "tokens shape");
    constants.first = { type: "int64", data: BigInt64Array.of(1n), dims: [] };
    constants.start = { type: "int64", data: BigInt64Array.of(0n), dims: [] };
    add("Gather", ["tokens shape", "first"], "count", { axis: { int: 0 } });
    add("Range", ["start", "count", "first"], "places");
    add("GreaterOrEqual", ["places", "start"], "shown");
    add("Where", ["shown", "nothing", "least"], "mask");
    return { scores: add("Add", ["scores", "mask"], "masked"), value: "value" };
  }
}
