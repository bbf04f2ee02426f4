import type { RgbImage } from "../image/rgb-image";
import { type EdgePicture, edgePicture, measureShift, type Shift } from "../image/shift";

/** A small picture of a reference, uint8 [height, width, 3]. */
export interface Thumbnail {
  width: number;
  height: number;
  data: Uint8Array;
}

/** How far a whole frame may be moved and still be brought back: shares of its sides. */
const MOST_SHIFT = 0.06;

/** Where the references lie against the first of them, and what a frame's own shift is measured by. */
export class Placement {
  /** Of each reference; none where its picture is of another shape than the first one's. */
  readonly offsets: readonly Shift[];
  private readonly still: EdgePicture | undefined;

  /** @param thumbnails of the references, in their order */
  constructor(thumbnails: readonly Thumbnail[]) {
    const first = thumbnails[0];
    const { width, height } = first ?? { width: 0, height: 0 };
    const pictures = thumbnails.map((thumbnail) =>
      thumbnail.width === width && thumbnail.height === height ? edgePicture(thumbnail, width, height) : undefined,
    );
    this.still = first && pictures[0];
    this.offsets = pictures.map((picture) =>
      picture && this.still ? measureShift(picture, this.still, MOST_SHIFT) : { x: 0, y: 0 },
    );
  }

  /** A frame's shift against the first reference; none for a frame of another shape. */
  shiftOf(image: RgbImage): Shift {
    const { still } = this;
    if (!still) return { x: 0, y: 0 };
    const isAlike = Math.abs(Math.log((image.width * still.height) / (image.height * still.width))) < 0.02;
    if (!isAlike) return { x: 0, y: 0 };
    return measureShift(edgePicture(image, still.width, still.height), still, MOST_SHIFT);
  }
}

/** Middles of a grid's patches as shares of width and height, moved back by a shift: float32 [rows * cols, 2]. */
export function patchPlaces(rows: number, cols: number, shift: Shift = { x: 0, y: 0 }): Float32Array {
  const out = new Float32Array(rows * cols * 2);
  for (let i = 0; i < rows * cols; i++) {
    out[2 * i] = ((i % cols) + 0.5) / cols - shift.x;
    out[2 * i + 1] = (Math.floor(i / cols) + 0.5) / rows - shift.y;
  }
  return out;
}
