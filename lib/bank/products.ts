import { type Graph, writeOnnxModel } from "../runtime/onnx-graph";
import type { InferenceRuntime, Session, Tensor } from "../runtime/types";

const MATRIX = { queries: "queries", rows: "rows", dimension: "dimension" } as const;

/**
 * values = queries x rows^T + penalty, the k largest of every query. With penalty = -|row|^2 / 2 the largest value is
 * the smallest Euclidean distance: |q - row|^2 = |q|^2 - 2 value.
 */
const NEAREST: Graph = {
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
const NEAREST_HALF: Graph = {
  name: "nearest-half",
  inputs: [...HALF_INPUTS, { name: "k", type: "int64", dims: [1] }],
  outputs: NEAREST.outputs,
  nodes: [
    ...HALF_SIMILARITY,
    { op: "Transpose", inputs: ["similarity"], outputs: ["by-query"], attributes: { perm: [1, 0] } },
    { op: "TopK", inputs: ["by-query", "k"], outputs: ["values", "indices"] },
  ],
};
const NEAREST_HALF_ONE: Graph = {
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
const TO_HALF: Graph = {
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

/** The k largest values of every query, best first. */
export interface Largest {
  /** float32 [queries, k] */
  values: Float32Array;
  /** int64 [queries, k]: rows */
  indices: BigInt64Array;
}

/**
 * The matrix products of searching and fitting, as small graphs: similarity matrices never leave the runtime. A graph's
 * session is loaded when it is first needed and serves all banks. Only operators of plain ONNX, so that every runtime
 * has them.
 */
export class Products {
  private readonly sessions = new Map<Graph, Promise<Session>>();

  constructor(
    private readonly runtime: InferenceRuntime,
    private readonly threads = 0,
  ) {}

  /**
   * @param queries float32 [queries, dimension]
   * @param rows float32 [rows, dimension]
   * @param penalty float32 [rows], added to every row's values
   * @param k at most the number of rows
   */
  async nearest(
    queries: Float32Array,
    rows: Float32Array,
    penalty: Float32Array,
    dimension: number,
    k: number,
  ): Promise<Largest> {
    const { values, indices } = await this.run(NEAREST, {
      queries: matrix(queries, dimension),
      rows: matrix(rows, dimension),
      penalty: { type: "float32", data: penalty, dims: [1, penalty.length] },
      k: { type: "int64", data: BigInt64Array.of(BigInt(k)), dims: [1] },
    });
    return { values: values!.data as Float32Array, indices: indices!.data as BigInt64Array };
  }

  /** The same with rows of half precision, for few queries. @param rows float16 [rows, dimension] */
  async nearestHalf(
    queries: Float32Array,
    rows: Uint16Array,
    penalty: Float32Array,
    dimension: number,
    k: number,
  ): Promise<Largest> {
    const feeds: Record<string, Tensor> = {
      rows: { type: "float16", data: rows, dims: [penalty.length, dimension] },
      queries: matrix(queries, dimension),
      penalty: { type: "float32", data: penalty, dims: [penalty.length, 1] },
    };
    if (k > 1) feeds.k = { type: "int64", data: BigInt64Array.of(BigInt(k)), dims: [1] };
    const { values, indices } = await this.run(k > 1 ? NEAREST_HALF : NEAREST_HALF_ONE, feeds);
    return { values: values!.data as Float32Array, indices: indices!.data as BigInt64Array };
  }

  /** Rounds a matrix to half precision. @returns its raw bits, and the numbers they stand for */
  async toHalf(values: Float32Array, dimension: number): Promise<{ halves: Uint16Array; rounded: Float32Array }> {
    const { halves, rounded } = await this.run(TO_HALF, { values: matrix(values, dimension) });
    return { halves: halves!.data as Uint16Array, rounded: rounded!.data as Float32Array };
  }

  async release(): Promise<void> {
    await Promise.all([...this.sessions.values()].map(async (session) => (await session).release()));
  }

  private async run(graph: Graph, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
    let session = this.sessions.get(graph);
    if (!session) {
      session = this.runtime.createSession(writeOnnxModel(graph), { device: "cpu", threads: this.threads });
      this.sessions.set(graph, session);
    }
    return (await session).run(feeds);
  }
}

function matrix(data: Float32Array, dimension: number): Tensor {
  return { type: "float32", data, dims: [data.length / dimension, dimension] };
}
