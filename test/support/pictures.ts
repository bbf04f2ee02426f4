import sharp from "sharp";

export interface PictureOptions {
  width?: number;
  height?: number;
  /** Moves the noise: two seeds give two pictures of the same kind. */
  seed?: number;
  /** A bright bar across the middle. */
  scratch?: boolean;
}

/** RGB pixels of a grey part on a dark bench, with a little noise. */
export function partPixels({ width = 160, height = 120, seed = 1, scratch = false }: PictureOptions = {}): Buffer {
  const data = Buffer.alloc(width * height * 3);
  let state = seed * 2654435761;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const inside = x > width * 0.2 && x < width * 0.8 && y > height * 0.2 && y < height * 0.8;
      const onScratch = scratch && inside && Math.abs(y - x * 0.5 - height * 0.1) < height * 0.03;
      const level = (onScratch ? 235 : inside ? 130 + 20 * Math.sin(x / 6) : 40) + (state >>> 28) - 8;
      data[at] = level;
      data[at + 1] = level;
      data[at + 2] = onScratch ? level - 60 : level;
    }
  }
  return data;
}

/** The same as a JPEG. */
export function partJpeg(options: PictureOptions = {}): Promise<Buffer> {
  const { width = 160, height = 120 } = options;
  return sharp(partPixels(options), { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 92 })
    .toBuffer();
}
