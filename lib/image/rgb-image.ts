/** An upright 8-bit sRGB picture: row-major [height, width, 3]. */
export interface RgbImage {
  width: number;
  height: number;
  data: Uint8Array;
  /** Of the file it is the first of, where that has several pages or frames. */
  pages?: number;
}
