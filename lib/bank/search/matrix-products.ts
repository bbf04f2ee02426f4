import { afterOthers, type InTurn } from "../../in-pieces";
import { type Graph, writeOnnxModel } from "../../runtime/onnx-graph";
import type { InferenceRuntime, Session, Tensor } from "../../runtime/types";
import {
  BATCHED,
  LARGEST,
  MOMENTS,
  MUTUAL,
  MUTUAL_UNWEIGHTED,
  NEAREST,
  NEAREST_HALF,
  NEAREST_HALF_ONE,
  NEAREST_UNWEIGHTED,
  PROJECT,
  RESIDUALS,
  TO_HALF,
} from "./product-graphs";

/** The k largest values of every query, best first. */
export interface Largest {
  /** float32 [queries, k] */
  values: Float32Array;
  /** int64 [queries, k]: rows */
  indices: BigInt64Array;
}

/** The largest of every row, too: float32 [rows]. */
export interface MutualLargest extends Largest {
  ofRows: Float32Array;
}

/**
 * The matrix products of searching and fitting, as small graphs: similarity matrices never leave the runtime. A graph's
 * session is loaded when it is first needed and serves all banks.
 */
export class MatrixProducts {
  constructor(
    private readonly runtime: InferenceRuntime,
    private readonly threads = 0,
    private readonly turn?: InTurn,
    private readonly sessions = new Map<Graph, Promise<Session>>(),
  ) {}

  /** For what has to be computed between products. */
  get inTurn(): InTurn {
    return this.turn ?? afterOthers;
  }

  /** The same sessions, each product when its turn has come: for long work that other work is to get through. */
  inTurns(turn: InTurn): MatrixProducts {
    return new MatrixProducts(this.runtime, this.threads, turn, this.sessions);
  }

  /**
   * @param queries float32 [queries, dimension]
   * @param rows float32 [rows, dimension]
   * @param penalty float32 [rows], added to every row's values; absent: nothing is
   * @param k at most the number of rows
   */
  async nearest(
    queries: Float32Array,
    rows: Float32Array,
    penalty: Float32Array | undefined,
    dimension: number,
    k: number,
  ): Promise<Largest> {
    const { values, indices } = await this.run(penalty ? NEAREST : NEAREST_UNWEIGHTED, {
      queries: matrix(queries, dimension),
      rows: matrix(rows, dimension),
      ...(penalty && { penalty: { type: "float32", data: penalty, dims: [1, penalty.length] } }),
      k: { type: "int64", data: BigInt64Array.of(BigInt(k)), dims: [1] },
    });
    return { values: values!.data as Float32Array, indices: indices!.data as BigInt64Array };
  }

  /**
   * The same, and of every row the largest value of all queries, from the one product.
   * @param penalties float32 [rows] as above, and [queries], which is added as well for the rows' largest; absent: neither
   */
  async mutual(
    queries: Float32Array,
    rows: Float32Array,
    penalties: { rows: Float32Array; queries: Float32Array } | undefined,
    dimension: number,
    k: number,
  ): Promise<MutualLargest> {
    const {
      values,
      indices,
      "of-rows": ofRows,
    } = await this.run(penalties ? MUTUAL : MUTUAL_UNWEIGHTED, {
      queries: matrix(queries, dimension),
      rows: matrix(rows, dimension),
      ...(penalties && {
        penalty: { type: "float32", data: penalties.rows, dims: [1, penalties.rows.length] },
        "query-penalty": { type: "float32", data: penalties.queries, dims: [penalties.queries.length, 1] },
      }),
      k: { type: "int64", data: BigInt64Array.of(BigInt(k)), dims: [1] },
    });
    return {
      values: values!.data as Float32Array,
      indices: indices!.data as BigInt64Array,
      ofRows: ofRows!.data as Float32Array,
    };
  }

  /** `nearest` with rows of half precision, for few queries. @param rows float16 [rows, dimension] */
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
    const { buffer, byteOffset, length } = halves!.data;
    // Where there is a Float16Array, it is one: the bits are wanted.
    return { halves: new Uint16Array(buffer, byteOffset, length), rounded: rounded!.data as Float32Array };
  }

  /** Of every query the largest value, as `nearest` has them. */
  async largest(
    queries: Float32Array,
    rows: Float32Array,
    penalty: Float32Array,
    dimension: number,
  ): Promise<Float32Array> {
    const { values } = await this.run(LARGEST, {
      queries: matrix(queries, dimension),
      rows: matrix(rows, dimension),
      penalty: { type: "float32", data: penalty, dims: [1, penalty.length] },
    });
    return values!.data as Float32Array;
  }

  /** values x directions^T. @param directions float32 [count, dimension] */
  async project(values: Float32Array, directions: Float32Array, dimension: number): Promise<Float32Array> {
    const { projected } = await this.run(PROJECT, {
      values: matrix(values, dimension),
      directions: matrix(directions, dimension),
    });
    return projected!.data as Float32Array;
  }

  /**
   * Many small products in one.
   * @param values float32 [batch, lines, dimension]
   * @param columns float32 [batch, dimension, columns]
   * @returns float32 [batch, lines, columns]
   */
  async batched(values: Float32Array, columns: Float32Array, batch: number, dimension: number): Promise<Float32Array> {
    const { products } = await this.run(BATCHED, {
      values: { type: "float32", data: values, dims: [batch, values.length / dimension / batch, dimension] },
      columns: { type: "float32", data: columns, dims: [batch, dimension, columns.length / dimension / batch] },
    });
    return products!.data as Float32Array;
  }

  /** @returns the sum of all tokens, and that of all products t^T t */
  async moments(tokens: Float32Array, dimension: number): Promise<{ sum: Float32Array; outer: Float32Array }> {
    const { sum, outer } = await this.run(MOMENTS, { tokens: matrix(tokens, dimension) });
    return { sum: sum!.data as Float32Array, outer: outer!.data as Float32Array };
  }

  /** Lengths of what `mean` and the rows of `components`, at right angles, do not explain of each token. */
  async residuals(tokens: Float32Array, mean: Float32Array, components: Float32Array): Promise<Float32Array> {
    const { lengths } = await this.run(RESIDUALS, {
      tokens: matrix(tokens, mean.length),
      mean: { type: "float32", data: mean, dims: [mean.length] },
      components: matrix(components, mean.length),
    });
    return lengths!.data as Float32Array;
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
    const loaded = await session;
    return this.turn ? this.turn(() => loaded.run(feeds)) : loaded.run(feeds);
  }
}

function matrix(data: Float32Array, dimension: number): Tensor {
  return { type: "float32", data, dims: [data.length / dimension, dimension] };
}
