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
