import type { Matches, Metric } from "./types";

/** The k best values a query, merged over the parts of a bank. A row must not be offered twice to the same query. */
export class NearestNeighbours {
  private readonly values: Float32Array;
  private readonly rows: Int32Array;

  constructor(
    readonly queries: number,
    readonly k: number,
  ) {
    this.values = new Float32Array(queries * k).fill(-Infinity);
    this.rows = new Int32Array(queries * k).fill(-1);
  }

  /**
   * @param values best first, `count` a query
   * @param indices of rows within the part, as int64
   * @param rowOf the bank's row of a part's row
   * @param queryOf the query that each line of `values` is for; absent: all in order
   */
  merge(
    values: Float32Array,
    indices: BigInt64Array,
    count: number,
    rowOf: (index: number) => number,
    queryOf?: ArrayLike<number>,
  ): void {
    // Low words only: an index within a part fits, and BigInt arithmetic is many times slower.
    const low = new Int32Array(indices.buffer, indices.byteOffset, indices.length * 2);
    const lines = queryOf?.length ?? this.queries;
    for (let line = 0; line < lines; line++) {
      const start = (queryOf?.[line] ?? line) * this.k;
      for (let i = line * count; i < (line + 1) * count; i++) {
        if (!this.insert(start, values[i]!, rowOf(low[2 * i]!))) break;
      }
    }
  }

  isFull(query: number): boolean {
    return this.rows[(query + 1) * this.k - 1] !== -1;
  }

  /** Before a query is searched anew. */
  forget(query: number): void {
    this.values.fill(-Infinity, query * this.k, (query + 1) * this.k);
    this.rows.fill(-1, query * this.k, (query + 1) * this.k);
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

  /**
   * Over k neighbours the authors' code averages squared distances (FAISS' unit): for cosine that is the mean of
   * 1 - similarity, for l2 the root of the mean square.
   * @param norms the queries' squared lengths, for l2
   */
  matches(metric: Metric, norms: Float32Array | undefined): Matches {
    const distances = new Float32Array(this.queries);
    const nearest = new Int32Array(this.queries);
    for (let query = 0; query < this.queries; query++) {
      distances[query] = this.distance(query, metric, norms?.[query]);
      nearest[query] = this.rows[query * this.k]!;
    }
    return { distances, nearest };
  }

  /** The distance of one query as far as it is known: searching more rows can only bring it down, once k are found. */
  distance(query: number, metric: Metric, norm: number | undefined): number {
    const start = query * this.k;
    let sum = 0;
    let found = 0;
    for (; found < this.k && this.rows[start + found] !== -1; found++) {
      const value = this.values[start + found]!;
      sum += Math.max(0, norm === undefined ? 1 - value : norm - 2 * value);
    }
    const mean = found === 0 ? Number.NaN : sum / found;
    return metric === "l2" ? Math.sqrt(mean) : mean;
  }
}
