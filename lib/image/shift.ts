import type { RgbImage } from "./rgb-image";

/** Where a picture has edges: gradient magnitudes of its luma, mean 0 and length 1; float32 row-major [height, width]. */
export interface EdgePicture {
  width: number;
  height: number;
  edges: Float32Array;
}

/** Shares of the picture's width and height; positive is to the right and down. */
export interface Shift {
  x: number;
  y: number;
}

/** Samples a side of what one value of a small picture is the mean of. */
const SAMPLES = 3;
/** Correlation that a shift must gain over none: less is chance. */
const GAIN = 0.02;

/** @param width of the small picture that edges are looked for in */
export function edgePicture(image: RgbImage, width: number, height: number): EdgePicture {
  const luma = shrunkLuma(image, width, height);
  const edges = new Float32Array(width * height);
  let [sum, squares] = [0, 0];
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1, at = y * width + 1; x < width - 1; x++, at++) {
      const across = luma[at + 1]! - luma[at - 1]!;
      const down = luma[at + width]! - luma[at - width]!;
      const value = Math.sqrt(across * across + down * down);
      edges[at] = value;
      sum += value;
      squares += value * value;
    }
  }
  const mean = sum / edges.length;
  const length = Math.sqrt(Math.max(1e-6, squares - sum * mean));
  for (let i = 0; i < edges.length; i++) edges[i] = (edges[i]! - mean) / length;
  return { width, height, edges };
}

function shrunkLuma({ data, width, height }: RgbImage, toWidth: number, toHeight: number): Float32Array {
  const out = new Float32Array(toWidth * toHeight);
  // Of each sample in a line, and of each line: where it is in the picture.
  const places = (to: number, from: number) =>
    Int32Array.from({ length: to * SAMPLES }, (_, i) =>
      Math.min(from - 1, Math.floor(((Math.floor(i / SAMPLES) + ((i % SAMPLES) + 0.5) / SAMPLES) * from) / to)),
    );
  const [columns, lines] = [places(toWidth, width), places(toHeight, height)];
  for (let y = 0, cell = 0; y < toHeight; y++) {
    for (let x = 0; x < toWidth; x++, cell++) {
      let sum = 0;
      for (let i = y * SAMPLES; i < (y + 1) * SAMPLES; i++) {
        const line = lines[i]! * width;
        for (let j = x * SAMPLES; j < (x + 1) * SAMPLES; j++) {
          const at = (line + columns[j]!) * 3;
          sum += 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
        }
      }
      out[cell] = sum / SAMPLES ** 2;
    }
  }
  return out;
}

/**
 * By how much a picture is moved against another of the same size, by the correlation of their edges: at every second
 * pixel first, then around the best.
 * @param most shares of width and height that are looked at to each side
 * @returns no shift where none explains the picture clearly better than none
 */
export function measureShift(picture: EdgePicture, still: EdgePicture, most: number): Shift {
  const { width, height } = picture;
  const [reachX, reachY] = [Math.ceil(most * width), Math.ceil(most * height)];
  let best = { dx: 0, dy: 0, likeness: correlation(picture, still, 0, 0, 1) };
  const unmoved = best.likeness;
  let coarse = { dx: 0, dy: 0, likeness: Number.NEGATIVE_INFINITY };
  for (let dy = -reachY; dy <= reachY; dy += 2) {
    for (let dx = -reachX; dx <= reachX; dx += 2) {
      const likeness = correlation(picture, still, dx, dy, 2);
      if (likeness > coarse.likeness) coarse = { dx, dy, likeness };
    }
  }
  for (let dy = coarse.dy - 1; dy <= coarse.dy + 1; dy++) {
    for (let dx = coarse.dx - 1; dx <= coarse.dx + 1; dx++) {
      const likeness = correlation(picture, still, dx, dy, 1);
      if (likeness > best.likeness) best = { dx, dy, likeness };
    }
  }
  if (best.likeness < unmoved + GAIN) return { x: 0, y: 0 };
  return { x: best.dx / width, y: best.dy / height };
}

/** @param step pixels from one that is compared to the next, down */
function correlation(a: EdgePicture, b: EdgePicture, dx: number, dy: number, step: number): number {
  const { width, height } = a;
  let sum = 0;
  const [left, right] = [Math.max(0, dx), Math.min(width, width + dx)];
  for (let y = Math.max(0, dy); y < Math.min(height, height + dy); y += step) {
    for (let x = left, at = y * width + left, from = (y - dy) * width + left - dx; x < right; x++, at++, from++)
      sum += a.edges[at]! * b.edges[from]!;
  }
  return sum * step;
}
