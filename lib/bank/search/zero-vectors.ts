import type { Matches } from "./types";

/**
 * Cosine does not say how far a vector of zeros (a blank area after a ReLU) is from anything. Here it is at distance 0
 * from another one and at distance 1 from all else: the same is never far from itself, and a part on a blank area is.
 */
export class ZeroVectors {
  private constructor(
    /** Bank rows of zeros, ascending. */
    private readonly rows: readonly number[],
    private readonly total: number,
    private readonly dimension: number,
  ) {}

  /** @param features float32 [rows, dimension] @returns undefined where none of them is zero */
  static among(features: Float32Array, dimension: number): ZeroVectors | undefined {
    const rows = zeroRows(features, dimension);
    return rows.length > 0 ? new ZeroVectors(rows, features.length / dimension, dimension) : undefined;
  }

  /**
   * Which queries are zero and have their like in the bank.
   * @param skip bank rows [from, to) left out
   */
  met(queries: Float32Array, skip: readonly [number, number] | undefined): number[] {
    return this.outside(skip).length === 0 ? [] : zeroRows(queries, this.dimension);
  }

  /** Corrects what a search found for these queries: of k neighbours, as many as are zero are at distance 0. */
  correct(found: Matches, queries: readonly number[], k: number, skip: readonly [number, number] | undefined): Matches {
    if (queries.length === 0) return found;
    const rows = this.outside(skip);
    const neighbours = Math.min(k, this.total - (skip ? skip[1] - skip[0] : 0));
    for (const query of queries) {
      found.distances[query] = 1 - Math.min(rows.length, neighbours) / neighbours;
      found.nearest[query] = rows[0]!;
    }
    return found;
  }

  private outside(skip: readonly [number, number] | undefined): readonly number[] {
    return skip ? this.rows.filter((row) => row < skip[0] || row >= skip[1]) : this.rows;
  }
}

/** Rows that `normaliseRows` leaves at zero. Nearly every row is known by its first number. */
function zeroRows(vectors: Float32Array, dimension: number): number[] {
  const isZero = (start: number) => {
    let squares = 0;
    for (let i = start; i < start + dimension; i++) {
      squares += vectors[i]! * vectors[i]!;
      if (Math.fround(squares) > 0) return false;
    }
    return true;
  };
  const rows: number[] = [];
  for (let start = 0; start < vectors.length; start += dimension) if (isZero(start)) rows.push(start / dimension);
  return rows;
}
