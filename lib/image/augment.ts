import { decodeImage } from "./decode";
import { toJpeg } from "./encode";
import type { RgbImage } from "./rgb-image";
import { mirror, rotate } from "./rotate";

/** What may differ between two photographs of one part. */
export interface Alteration {
  /** Counter-clockwise. */
  degrees: number;
  /** Shares of width and height; positive is to the right and down. */
  shiftX: number;
  shiftY: number;
  /** Factor on all pixel values. */
  gain: number;
  /** Deviation of Gaussian noise in grey levels. */
  noise: number;
  /** JPEG quality it is saved with, 1..100. */
  quality: number;
}

/** The picture as another photograph of the same part might be. @param random uniform numbers in [0, 1) */
export async function alter(
  image: RgbImage,
  { degrees, shiftX, shiftY, gain, noise, quality }: Alteration,
  random: () => number,
): Promise<RgbImage> {
  const lit = expose(shift(rotate(image, degrees), shiftX, shiftY), gain, noise, random);
  return decodeImage({ kind: "encoded", data: await toJpeg(lit, quality) });
}

/** By whole pixels, mirrored at the border. */
function shift(image: RgbImage, shareX: number, shareY: number): RgbImage {
  const { width, height, data } = image;
  const [dx, dy] = [Math.round(shareX * width), Math.round(shareY * height)];
  if (dx === 0 && dy === 0) return image;
  const [mirrorX, mirrorY] = [mirror(width), mirror(height)];
  const columns = Int32Array.from({ length: width }, (_, x) => mirrorX(x - dx) * 3);
  const out = new Uint8Array(data.length);
  for (let y = 0, to = 0; y < height; y++) {
    const row = mirrorY(y - dy) * width * 3;
    for (let x = 0; x < width; x++, to += 3) {
      const from = row + columns[x]!;
      out[to] = data[from]!;
      out[to + 1] = data[from + 1]!;
      out[to + 2] = data[from + 2]!;
    }
  }
  return { width, height, data: out };
}

function expose({ width, height, data }: RgbImage, gain: number, noise: number, random: () => number): RgbImage {
  // The sum of three uniform numbers is near enough to normal, and a table is quicker than a draw a value.
  const table = Float32Array.from({ length: 4096 }, () => (random() + random() + random() - 1.5) * 2 * noise);
  const out = new Uint8ClampedArray(data.length);
  let next = 0;
  for (let i = 0; i < data.length; i++) {
    // Another start now and then, or the table would show as a pattern.
    if (i % 1021 === 0) next = Math.floor(random() * table.length);
    out[i] = data[i]! * gain + table[next]!;
    next = next + 1 < table.length ? next + 1 : 0;
  }
  return { width, height, data: new Uint8Array(out.buffer) };
}
