import type { RgbImage } from "./rgb-image";

/** A rectangle in a picture, as shares of its width and height, 0..1, origin at the top left. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The same in whole pixels. */
export interface PixelBox {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** The pixels that a rectangle touches; at least one. */
export function pixelsOf({ x, y, width, height }: Box, picture: { width: number; height: number }): PixelBox {
  // Shares are made by divisions: a hair over an edge is that edge.
  const edge = (share: number, size: number) => share * size;
  const low = (value: number) => Math.floor(value + 1e-6);
  const high = (value: number) => Math.ceil(value - 1e-6);
  const left = Math.min(picture.width - 1, Math.max(0, low(edge(x, picture.width))));
  const top = Math.min(picture.height - 1, Math.max(0, low(edge(y, picture.height))));
  const right = Math.min(picture.width, Math.max(left + 1, high(edge(x + width, picture.width))));
  const bottom = Math.min(picture.height, Math.max(top + 1, high(edge(y + height, picture.height))));
  return { left, top, width: right - left, height: bottom - top };
}

/** A picture's part, in memory of its own; without a rectangle the picture itself. */
export function cropImage(image: RgbImage, box: Box | undefined): RgbImage {
  if (!box) return image;
  const { left, top, width, height } = pixelsOf(box, image);
  const data = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    const start = ((top + row) * image.width + left) * 3;
    data.set(image.data.subarray(start, start + width * 3), row * width * 3);
  }
  return { width, height, data };
}

/** The smallest rectangle around all of these; undefined of none. */
export function around(boxes: readonly Box[]): Box | undefined {
  if (boxes.length === 0) return undefined;
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return { x, y, width: right - x, height: bottom - y };
}

/** Whether two rectangles are the same but for rounding; so are two that are both absent. */
export function isSameBox(a: Box | undefined, b: Box | undefined): boolean {
  if (!a || !b) return a === b;
  return (["x", "y", "width", "height"] as const).every((side) => Math.abs(a[side] - b[side]) < 1e-6);
}

/** A rectangle given as shares of a part, as shares of the whole. */
export function inWhole(box: Box, part: Box | undefined): Box {
  if (!part) return box;
  return {
    x: part.x + box.x * part.width,
    y: part.y + box.y * part.height,
    width: box.width * part.width,
    height: box.height * part.height,
  };
}
