/** An image of a data set's test part. */
export interface TestImage {
  path: string;
  /** "good" or a type of defect. */
  type: string;
  /** Images of the same size, above 0 where the defect is; several are merged. Absent where there is none. */
  masks?: readonly string[];
}

/** One object's images. */
export interface Dataset {
  /** The folder's name. */
  name: string;
  /** Images of good parts to draw references from, sorted. */
  references: string[];
  /** Sorted by type and name. */
  test: TestImage[];
  /** What a reader of the figures should know: how they were divided, what was left out and why; a sentence each. */
  notes: string[];
}
