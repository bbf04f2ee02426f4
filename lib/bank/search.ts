import { writeOnnxModel } from "../runtime/onnx-graph";
import type { InferenceRuntime, Session } from "../runtime/types";

export type Metric = "cosine" | "l2";

/** Distances of query patches to their nearest bank patches. */
export interface Matches {
  /** float32 [queries]: 1 - cosine similarity, or the Euclidean distance; over several neighbours see `search`. */
  distances: Float32Array;
  /** int32 [queries]: the row of the nearest bank patch. */
  nearest: Int32Array;
}

/** A bank made ready to be searched. */
export interface SearchIndex {
  readonly rows: number;
  /**
   * @param queries float32 [count, dimension], not yet normalised; left as they are
   * @param skip bank rows [from, to) to leave out, for leave-one-image-out scores
   */
  search(queries: Float32Array, skip?: readonly [number, number]): Promise<Matches>;
}

/** Runs every index's matrix products; one session, loaded once, serves all banks. */
export interface Matcher {
  /**
   * @param features float32 [rows, dimension]; copied
   * @param neighbours k >= 1; fewer rows than k give as many as there are
   */
  index(features: Float32Array, dimension: number, metric: Metric, neighbours: number): SearchIndex;
  release(): Promise<void>;
}

/** Rows a matrix product: bounds the similarity matrix (4096 x 4096 floats = 64 MB) without costing speed. */
const CHUNK = 4096;

/**
 * Exact nearest neighbours as an ONNX graph: similarity = queries x bank^T (Gemm), then TopK in the graph, so that the
 * similarity matrix never leaves the runtime.
 *
 * Over k neighbours the authors' code averages squared distances (FAISS' unit): for cosine that is the mean of
 * 1 - similarity, for l2 the root of the mean square.
 */
export function createMatcher(runtime: InferenceRuntime, threads = 0): Matcher {
  let session: Promise<Session> | undefined;
  return {
    index(features, dimension, metric, neighbours) {
      const bank = metric === "cosine" ? normaliseRows(features, dimension) : features.slice();
      const penalty = penalties(bank, dimension, metric);
      const rows = bank.length / dimension;
      return {
        rows,
        async search(queries, skip) {
          session ??= runtime.createSession(matchModel(), { device: "cpu", threads });
          const ready = await session;
          const best = new Best(queries.length / dimension, neighbours);
          const prepared = metric === "cosine" ? normaliseRows(queries, dimension) : queries;
          for (const [from, to] of chunks(rows, skip)) {
            const k = Math.min(neighbours, to - from);
            const out = await ready.run({
              queries: { type: "float32", data: prepared, dims: [best.queries, dimension] },
              bank: {
                type: "float32",
                data: bank.subarray(from * dimension, to * dimension),
                dims: [to - from, dimension],
              },
              penalty: { type: "float32", data: penalty.subarray(from, to), dims: [1, to - from] },
              k: { type: "int64", data: BigInt64Array.of(BigInt(k)), dims: [1] },
            });
            best.merge(out.values!.data as Float32Array, out.indices!.data as BigInt64Array, k, from);
          }
          return best.matches(metric, metric === "cosine" ? undefined : squaredNorms(queries, dimension));
        },
      };
    },
    async release() {
      await (await session)?.release();
    },
  };
}

/**
 * values = queries x bank^T + penalty. With penalty = -|b|^2 / 2 the largest value is the smallest Euclidean
 * distance: |q - b|^2 = |q|^2 - 2 value.
 */
function matchModel(): Buffer {
  return writeOnnxModel({
    name: "match",
    inputs: [
      { name: "queries", type: "float32", dims: ["queries", "dimension"] },
      { name: "bank", type: "float32", dims: ["rows", "dimension"] },
      { name: "penalty", type: "float32", dims: [1, "rows"] },
      { name: "k", type: "int64", dims: [1] },
    ],
    outputs: [
      { name: "values", type: "float32", dims: ["queries", "k"] },
      { name: "indices", type: "int64", dims: ["queries", "k"] },
    ],
    nodes: [
      { op: "Gemm", inputs: ["queries", "bank", "penalty"], outputs: ["similarity"], attributes: { transB: 1 } },
      { op: "TopK", inputs: ["similarity", "k"], outputs: ["values", "indices"] },
    ],
  });
}

/** The k best values a query, merged over the chunks. */
class Best {
  private readonly values: Float32Array;
  private readonly rows: Int32Array;

  constructor(
    readonly queries: number,
    private readonly k: number,
  ) {
    this.values = new Float32Array(queries * k).fill(-Infinity);
    this.rows = new Int32Array(queries * k).fill(-1);
  }

  merge(values: Float32Array, indices: BigInt64Array, count: number, offset: number): void {
    // Low words only: an index within a chunk fits, and BigInt arithmetic is many times slower.
    const low = new Int32Array(indices.buffer, indices.byteOffset, indices.length * 2);
    for (let query = 0; query < this.queries; query++) {
      for (let i = query * count; i < (query + 1) * count; i++) {
        if (!this.insert(query * this.k, values[i]!, low[2 * i]! + offset)) break;
      }
    }
  }

  private insert(start: number, value: number, row: number): boolean {
    let at = start + this.k - 1;
    if (!(value > this.values[at]!)) return false;
    for (; at > start && value > this.values[at - 1]!; at--) {
      this.values[at] = this.values[at - 1]!;
      this.rows[at] = this.rows[at - 1]!;
    }
    this.values[at] = value;
    this.rows[at] = row;
    return true;
  }

  matches(metric: Metric, norms: Float32Array | undefined): Matches {
    const distances = new Float32Array(this.queries);
    const nearest = new Int32Array(this.queries);
    for (let query = 0; query < this.queries; query++) {
      const start = query * this.k;
      let sum = 0;
      let found = 0;
      for (; found < this.k && this.rows[start + found] !== -1; found++) {
        const value = this.values[start + found]!;
        sum += Math.max(0, norms ? norms[query]! - 2 * value : 1 - value);
      }
      const mean = found === 0 ? Number.NaN : sum / found;
      distances[query] = metric === "l2" ? Math.sqrt(mean) : mean;
      nearest[query] = this.rows[start]!;
    }
    return { distances, nearest };
  }
}

function* chunks(rows: number, skip: readonly [number, number] | undefined): Generator<[number, number]> {
  const ranges = skip ? [[0, skip[0]] as const, [skip[1], rows] as const] : [[0, rows] as const];
  for (const [start, end] of ranges) {
    for (let from = start; from < end; from += CHUNK) yield [from, Math.min(end, from + CHUNK)];
  }
}

function penalties(bank: Float32Array, dimension: number, metric: Metric): Float32Array {
  if (metric === "cosine") return new Float32Array(bank.length / dimension);
  return squaredNorms(bank, dimension).map((norm) => -norm / 2);
}

function squaredNorms(vectors: Float32Array, dimension: number): Float32Array {
  return Float32Array.from({ length: vectors.length / dimension }, (_, row) => {
    let sum = 0;
    for (let i = row * dimension; i < (row + 1) * dimension; i++) sum += vectors[i]! * vectors[i]!;
    return sum;
  });
}

/** Rows scaled to length one; a row of zeros stays zero (similarity 0 to everything, distance 1). */
function normaliseRows(vectors: Float32Array, dimension: number): Float32Array {
  const norms = squaredNorms(vectors, dimension);
  const out = new Float32Array(vectors.length);
  for (let row = 0, i = 0; row < norms.length; row++) {
    const scale = norms[row]! > 0 ? 1 / Math.sqrt(norms[row]!) : 0;
    for (const end = i + dimension; i < end; i++) out[i] = vectors[i]! * scale;
  }
  return out;
}
