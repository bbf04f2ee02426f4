import type { GridMask } from "./grid-mask";

/** A closed polygon; x and y as shares of the image's width and height, 0..1, origin at the top left. */
export type Polygon = readonly (readonly [number, number])[];

export interface RegionsOfInterest {
  /** Where to look; empty means everywhere. */
  include: readonly Polygon[];
  /** What to leave out, also within `include`. */
  exclude: readonly Polygon[];
}

/**
 * Draws regions of interest on the patch grid: a patch counts by where its centre lies.
 * @returns undefined where there are no polygons at all
 */
export function rasterise({ include, exclude }: RegionsOfInterest, rows: number, cols: number): GridMask | undefined {
  if (include.length === 0 && exclude.length === 0) return undefined;
  const data = new Uint8Array(rows * cols);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++, i++) {
      const [x, y] = [(col + 0.5) / cols, (row + 0.5) / rows];
      const inside = (polygon: Polygon) => contains(polygon, x, y);
      data[i] = (include.length === 0 || include.some(inside)) && !exclude.some(inside) ? 1 : 0;
    }
  }
  return { rows, cols, data };
}

/** Even-odd rule. */
function contains(polygon: Polygon, x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [xi, yi] = polygon[i]!;
    const [xj, yj] = polygon[j]!;
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}
