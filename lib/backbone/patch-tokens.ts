/** The patch features of one image: row-major float32 [rows * cols, dimension], class and register tokens dropped. */
export interface PatchTokens {
  rows: number;
  cols: number;
  dimension: number;
  data: Float32Array;
}
