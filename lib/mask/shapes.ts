import type { Polygon } from "./regions-of-interest";

/** What people draw around a region; all numbers as shares of the image's width and height, 0..1, from the top left. */
export type Shape =
  | { kind: "polygon"; corners: Polygon }
  | { kind: "rectangle" | "ellipse"; x: number; y: number; width: number; height: number };

/** Corners of an ellipse: it misses its own outline by 0.2 % of its half-axis at most. */
const CORNERS = 48;

/** The shape as a closed polygon, which is what masks are made from. */
export function outlineOf(shape: Shape): Polygon {
  if (shape.kind === "polygon") return shape.corners;
  const { kind, x, y, width, height } = shape;
  if (kind === "rectangle") {
    return [
      [x, y],
      [within(x + width), y],
      [within(x + width), within(y + height)],
      [x, within(y + height)],
    ];
  }
  return Array.from({ length: CORNERS }, (_, i) => {
    const angle = (2 * Math.PI * i) / CORNERS;
    return [within(x + (width / 2) * (1 + Math.cos(angle))), within(y + (height / 2) * (1 + Math.sin(angle)))] as const;
  });
}

/** Sums of shares may be over 1 by rounding. */
const within = (share: number) => Math.min(1, Math.max(0, share));
