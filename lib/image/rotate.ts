import type { RgbImage } from "./rgb-image";

/** The paper's enrichment of the bank: eight rotations, 45 degrees apart, the first being the picture itself. */
export const ROTATIONS = [0, 45, 90, 135, 180, 225, 270, 315] as const;

/**
 * The point of the source picture that a point of the rotated picture shows (before reflection at the border).
 * @param degrees counter-clockwise, about (width / 2, height / 2) as the authors' code has it
 */
export function rotationSource(x: number, y: number, width: number, height: number, degrees: number): [number, number] {
  const radians = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  const [dx, dy] = [x - width / 2, y - height / 2];
  return [cos * dx - sin * dy + width / 2, sin * dx + cos * dy + height / 2];
}

/**
 * Rotates a picture on its own canvas, bilinear, what lies outside mirrored without repeating the edge pixel
 * (OpenCV's warpAffine with INTER_LINEAR and BORDER_REFLECT_101, as in AnomalyDINO's augmentation).
 * @param degrees counter-clockwise
 */
export function rotate(image: RgbImage, degrees: number): RgbImage {
  if (degrees % 360 === 0) return image;
  const { width, height, data } = image;
  const out = new Uint8Array(data.length);
  const [startX, startY] = rotationSource(0, 0, width, height, degrees);
  const [nextX, nextY] = rotationSource(1, 0, width, height, degrees);
  const [stepX, stepY] = [nextX - startX, nextY - startY];
  const [mirrorX, mirrorY] = [mirror(width), mirror(height)];
  const turnRow = (row: number) => {
    // A row down in the target is the column step turned by 90 degrees.
    let sourceX = startX - row * stepY;
    let sourceY = startY + row * stepX;
    for (let col = 0, to = row * width * 3; col < width; col++, sourceX += stepX, sourceY += stepY) {
      // OpenCV reads between pixels in steps of 1/32.
      const [x, y] = [Math.round(sourceX * 32) / 32, Math.round(sourceY * 32) / 32];
      const left = Math.floor(x);
      const top = Math.floor(y);
      const [fx, fy] = [x - left, y - top];
      const [x0, x1] = [mirrorX(left), mirrorX(left + 1)];
      const [y0, y1] = [mirrorY(top) * width, mirrorY(top + 1) * width];
      const [a, b, c, d] = [(y0 + x0) * 3, (y0 + x1) * 3, (y1 + x0) * 3, (y1 + x1) * 3];
      for (let channel = 0; channel < 3; channel++) {
        const upper = data[a + channel]! * (1 - fx) + data[b + channel]! * fx;
        const lower = data[c + channel]! * (1 - fx) + data[d + channel]! * fx;
        out[to++] = upper * (1 - fy) + lower * fy + 0.5;
      }
    }
  };
  for (let row = 0; row < height; row++) turnRow(row);
  return { width, height, data: out };
}

/** Mirrors any index into 0..size-1 without repeating the edge. */
export function mirror(size: number): (index: number) => number {
  if (size === 1) return () => 0;
  const period = 2 * (size - 1);
  return (index) => {
    const inPeriod = ((index % period) + period) % period;
    return inPeriod < size ? inPeriod : period - inPeriod;
  };
}
