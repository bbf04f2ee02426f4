export type Metric = "cosine" | "l2";

/** How a bank is searched: `auto` decides by its size. */
export type SearchSetting = "auto" | SearchMethod;
export type SearchMethod = "exact" | "clustered";
/** How distances of a ready bank are found: to its patches, to those in the same place, or to the subspace. */
export type DistanceMethod = SearchMethod | "windowed" | "subspace";

/** Distances of query patches to their nearest bank patches. */
export interface Matches {
  /** float32 [queries]: 1 - cosine similarity, or the Euclidean distance; over several neighbours see `NearestNeighbours`. */
  distances: Float32Array;
  /** int32 [queries]: the row of the nearest bank patch; -1 where there is none. */
  nearest: Int32Array;
  /**
   * float32 [rows]: of every row of the bank the distance to the nearest query, infinite for rows left out; where it was
   * asked for (`SearchOptions.reverse`), and the method compares all with all.
   */
  rowDistances?: Float32Array | undefined;
}

export interface SearchOptions {
  /** Bank rows [from, to) to leave out, for leave-one-image-out scores. */
  skip?: readonly [number, number] | undefined;
  /** How many of the largest distances matter most: a fast search takes more care with these. */
  worst?: number | undefined;
  /** Whether queries are of length one already (`normaliseRows`), as cosine compares them. */
  isUnit?: boolean | undefined;
  /** Whether `Matches.rowDistances` are wanted. */
  reverse?: boolean | undefined;
}

/** A bank made ready to be searched. */
export interface SearchIndex {
  readonly rows: number;
  readonly method: SearchMethod;
  /** What it takes in memory. */
  readonly bytes: number;
  /** float32 [rows, dimension]: the bank as it is compared, where the method keeps it so. */
  readonly compared?: Float32Array;
  /** @param queries float32 [count, dimension], not yet normalised if nothing else is said; left as they are */
  search(queries: Float32Array, options?: SearchOptions): Promise<Matches>;
}
