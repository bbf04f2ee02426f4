/** An image of a data set's test part. */
export interface TestImage {
  path: string;
  /** "good" or a type of defect. */
  type: string;
  /** An image of the same size, above 0 where the defect is. */
  mask?: string;
}

/** One object's images. */
export interface Dataset {
  /** The folder's name. */
  name: string;
  /** Images of good parts to draw references from, sorted. */
  references: string[];
  /** Sorted by type and name. */
  test: TestImage[];
  /** What a reader of the figures should know of how they were divided. */
  note?: string;
}
