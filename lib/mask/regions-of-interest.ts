import { around, type Box } from "../image/crop";
import type { GridMask } from "./grid-mask";

/** A share of a frame that is less than a pixel of any. */
const LEAST = 1e-6;

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
  const mask = { rows, cols, data: new Uint8Array(rows * cols).fill(include.length === 0 ? 1 : 0) };
  for (const polygon of include) fill(mask, polygon, 1);
  for (const polygon of exclude) fill(mask, polygon, 0);
  return mask;
}

/**
 * Even-odd rule, a line of the grid at a time: what lies between two of the places where the polygon crosses it is within.
 * So quickly that it can be drawn anew for every frame.
 */
function fill({ rows, cols, data }: GridMask, polygon: Polygon, value: 0 | 1): void {
  for (let row = 0; row < rows; row++) {
    const crossings = crossingsAt(polygon, (row + 0.5) / rows);
    for (let at = 0, col = 0; at + 1 < crossings.length; at += 2) {
      while (col < cols && (col + 0.5) / cols < crossings[at]!) col++;
      for (; col < cols && (col + 0.5) / cols < crossings[at + 1]!; col++) data[row * cols + col] = value;
    }
  }
}

/** Where a closed polygon crosses a horizontal line, from left to right: an even number of places. */
function crossingsAt(polygon: Polygon, y: number): number[] {
  const found: number[] = [];
  let [xj, yj] = polygon.at(-1) ?? [0, 0];
  for (const [xi, yi] of polygon) {
    if (yi > y !== yj > y) found.push(((xj - xi) * (y - yi)) / (yj - yi) + xi);
    [xj, yj] = [xi, yi];
  }
  return found.sort((a, b) => a - b);
}

/** The box around regions to look at; undefined where there are none: then everywhere is looked at. */
export function boxOf(include: readonly Polygon[]): Box | undefined {
  return around(
    include.map((polygon) => {
      const [xs, ys] = [polygon.map(([x]) => x), polygon.map(([, y]) => y)];
      const [x, y] = [Math.min(...xs), Math.min(...ys)];
      // A line encloses nothing, and still is somewhere.
      const side = (values: readonly number[], from: number) => Math.max(LEAST, Math.max(...values) - from);
      return { x: Math.min(x, 1 - LEAST), y: Math.min(y, 1 - LEAST), width: side(xs, x), height: side(ys, y) };
    }),
  );
}

/** Whether a box lies in another, but for rounding. */
export function isWithin(inner: Box, outer: Box): boolean {
  const low = (a: number, b: number) => a >= b - LEAST;
  return (
    low(inner.x, outer.x) &&
    low(inner.y, outer.y) &&
    low(outer.x + outer.width, inner.x + inner.width) &&
    low(outer.y + outer.height, inner.y + inner.height)
  );
}

/** Regions of the frame as shares of a part of it; they may reach out of it. */
export function seenIn({ include, exclude }: RegionsOfInterest, part: Box | undefined): RegionsOfInterest {
  if (!part) return { include, exclude };
  const moved = (polygon: Polygon): Polygon =>
    polygon.map(([x, y]) => [(x - part.x) / part.width, (y - part.y) / part.height] as const);
  return { include: include.map(moved), exclude: exclude.map(moved) };
}
