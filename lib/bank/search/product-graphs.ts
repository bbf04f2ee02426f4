import type { Graph } from "../../runtime/onnx-graph";

/** The graphs of `MatrixProducts`. Only operators of plain ONNX, so that every runtime has them. */

const MATRIX = { queries: "queries", rows: "rows", dimension: "dimension" } as const;

/**
 * values = queries x rows^T + penalty, the k largest of every query. With penalty = -|row|^2 / 2 the largest value is
 * the smallest Euclidean distance: |q - row|^2 = |q|^2 - 2 value.
 */
export const NEAREST: Graph = {
  name: "nearest",
  inputs: [
    { name: "queries", type: "float32", dims: [MATRIX.queries, MATRIX.dimension] },
    { name: "rows", type: "float32", dims: [MATRIX.rows, MATRIX.dimension] },
    { name: "penalty", type: "float32", dims: [1, MATRIX.rows] },
    { name: "k", type: "int64", dims: [1] },
  ],
  outputs: [
    { name: "values", type: "float32", dims: [MATRIX.queries, "k"] },
    { name: "indices", type: "int64", dims: [MATRIX.queries, "k"] },
  ],
  nodes: [
    { op: "Gemm", inputs: ["queries", "rows", "penalty"], outputs: ["similarity"], attributes: { transB: 1 } },
    { op: "TopK", inputs: ["similarity", "k"], outputs: ["values", "indices"] },
  ],
};

/** The same without a penalty: adding one to every product takes a tenth of the time, in one thread. */
export const NEAREST_UNWEIGHTED: Graph = {
  name: "nearest-unweighted",
  inputs: NEAREST.inputs.filter(({ name }) => name !== "penalty"),
  outputs: NEAREST.outputs,
  nodes: [
    { op: "Gemm", inputs: ["queries", "rows"], outputs: ["similarity"], attributes: { transB: 1 } },
    { op: "TopK", inputs: ["similarity", "k"], outputs: ["values", "indices"] },
  ],
};

/**
 * NEAREST, and of every row the largest value of all queries, the queries' penalty added: both questions cost one product.
 */
export const MUTUAL: Graph = {
  name: "mutual",
  inputs: [...NEAREST.inputs, { name: "query-penalty", type: "float32", dims: [MATRIX.queries, 1] }],
  outputs: [...NEAREST.outputs, { name: "of-rows", type: "float32", dims: [MATRIX.rows] }],
  constants: { lines: { type: "int64", data: BigInt64Array.of(0n), dims: [1] } },
  nodes: [
    ...NEAREST.nodes,
    { op: "Add", inputs: ["similarity", "query-penalty"], outputs: ["of-both"] },
    { op: "ReduceMax", inputs: ["of-both", "lines"], outputs: ["of-rows"], attributes: { keepdims: 0 } },
  ],
};
export const MUTUAL_UNWEIGHTED: Graph = {
  name: "mutual-unweighted",
  inputs: NEAREST_UNWEIGHTED.inputs,
  outputs: MUTUAL.outputs,
  constants: MUTUAL.constants!,
  nodes: [
    ...NEAREST_UNWEIGHTED.nodes,
    { op: "ReduceMax", inputs: ["similarity", "lines"], outputs: ["of-rows"], attributes: { keepdims: 0 } },
  ],
};

/** The same for rows of half precision and few queries, which are the columns: so nothing large is rearranged. */
const HALF_INPUTS: Graph["inputs"] = [
  { name: "rows", type: "float16", dims: [MATRIX.rows, MATRIX.dimension] },
  { name: "queries", type: "float32", dims: [MATRIX.queries, MATRIX.dimension] },
  { name: "penalty", type: "float32", dims: [MATRIX.rows, 1] },
];
const HALF_SIMILARITY: Graph["nodes"] = [
  { op: "Cast", inputs: ["rows"], outputs: ["single"], attributes: { to: 1 } },
  { op: "Gemm", inputs: ["single", "queries", "penalty"], outputs: ["similarity"], attributes: { transB: 1 } },
];
export const NEAREST_HALF: Graph = {
  name: "nearest-half",
  inputs: [...HALF_INPUTS, { name: "k", type: "int64", dims: [1] }],
  outputs: NEAREST.outputs,
  nodes: [
    ...HALF_SIMILARITY,
    { op: "Transpose", inputs: ["similarity"], outputs: ["by-query"], attributes: { perm: [1, 0] } },
    { op: "TopK", inputs: ["by-query", "k"], outputs: ["values", "indices"] },
  ],
};
export const NEAREST_HALF_ONE: Graph = {
  name: "nearest-half-one",
  inputs: HALF_INPUTS,
  outputs: [
    { name: "values", type: "float32", dims: [1, MATRIX.queries] },
    { name: "indices", type: "int64", dims: [1, MATRIX.queries] },
  ],
  constants: { first: { type: "int64", data: BigInt64Array.of(0n), dims: [1] } },
  nodes: [
    ...HALF_SIMILARITY,
    { op: "ReduceMax", inputs: ["similarity", "first"], outputs: ["values"] },
    { op: "ArgMax", inputs: ["similarity"], outputs: ["indices"], attributes: { axis: { int: 0 } } },
  ],
};
export const TO_HALF: Graph = {
  name: "to-half",
  inputs: [{ name: "values", type: "float32", dims: [MATRIX.rows, MATRIX.dimension] }],
  outputs: [
    { name: "halves", type: "float16", dims: [MATRIX.rows, MATRIX.dimension] },
    { name: "rounded", type: "float32", dims: [MATRIX.rows, MATRIX.dimension] },
  ],
  nodes: [
    { op: "Cast", inputs: ["values"], outputs: ["halves"], attributes: { to: 10 } },
    { op: "Cast", inputs: ["halves"], outputs: ["rounded"], attributes: { to: 1 } },
  ],
};

export const MOMENTS: Graph = {
  name: "moments",
  inputs: [{ name: "tokens", type: "float32", dims: [MATRIX.rows, MATRIX.dimension] }],
  outputs: [
    { name: "sum", type: "float32", dims: [MATRIX.dimension] },
    { name: "outer", type: "float32", dims: [MATRIX.dimension, MATRIX.dimension] },
  ],
  constants: { rows: { type: "int64", data: BigInt64Array.of(0n), dims: [1] } },
  nodes: [
    { op: "ReduceSum", inputs: ["tokens", "rows"], outputs: ["sum"], attributes: { keepdims: 0 } },
    { op: "Gemm", inputs: ["tokens", "tokens"], outputs: ["outer"], attributes: { transA: 1 } },
  ],
};
/** Of every query the largest value alone, as in NEAREST. */
export const LARGEST: Graph = {
  name: "largest",
  inputs: NEAREST.inputs.filter(({ name }) => name !== "k"),
  outputs: [{ name: "values", type: "float32", dims: [MATRIX.queries] }],
  constants: { columns: { type: "int64", data: BigInt64Array.of(1n), dims: [1] } },
  nodes: [
    { op: "Gemm", inputs: ["queries", "rows", "penalty"], outputs: ["similarity"], attributes: { transB: 1 } },
    { op: "ReduceMax", inputs: ["similarity", "columns"], outputs: ["values"], attributes: { keepdims: 0 } },
  ],
};
export const PROJECT: Graph = {
  name: "project",
  inputs: [
    { name: "values", type: "float32", dims: [MATRIX.rows, MATRIX.dimension] },
    { name: "directions", type: "float32", dims: ["directions", MATRIX.dimension] },
  ],
  outputs: [{ name: "projected", type: "float32", dims: [MATRIX.rows, "directions"] }],
  nodes: [{ op: "Gemm", inputs: ["values", "directions"], outputs: ["projected"], attributes: { transB: 1 } }],
};
export const BATCHED: Graph = {
  name: "batched",
  inputs: [
    { name: "values", type: "float32", dims: ["batch", "lines", MATRIX.dimension] },
    { name: "columns", type: "float32", dims: ["batch", MATRIX.dimension, "columns"] },
  ],
  outputs: [{ name: "products", type: "float32", dims: ["batch", "lines", "columns"] }],
  nodes: [{ op: "MatMul", inputs: ["values", "columns"], outputs: ["products"] }],
};
/** x = token - mean; |x - C^T C x|: taken as a difference first, for the root of a difference of squares loses digits. */
export const RESIDUALS: Graph = {
  name: "residuals",
  inputs: [
    { name: "tokens", type: "float32", dims: [MATRIX.queries, MATRIX.dimension] },
    { name: "mean", type: "float32", dims: [MATRIX.dimension] },
    { name: "components", type: "float32", dims: ["components", MATRIX.dimension] },
  ],
  outputs: [{ name: "lengths", type: "float32", dims: [MATRIX.queries] }],
  constants: { columns: { type: "int64", data: BigInt64Array.of(1n), dims: [1] } },
  nodes: [
    { op: "Sub", inputs: ["tokens", "mean"], outputs: ["centred"] },
    { op: "Gemm", inputs: ["centred", "components"], outputs: ["coordinates"], attributes: { transB: 1 } },
    { op: "MatMul", inputs: ["coordinates", "components"], outputs: ["explained"] },
    { op: "Sub", inputs: ["centred", "explained"], outputs: ["rest"] },
    { op: "ReduceL2", inputs: ["rest", "columns"], outputs: ["lengths"], attributes: { keepdims: 0 } },
  ],
};
