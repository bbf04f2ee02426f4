/** A place on the part, in part units (1 unit = 1 pixel at scale 1), origin at the part's centre, y downwards. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

// Every shape below is a signed distance: negative inside, positive outside, in part units.

export function circle(x: number, y: number, centreX: number, centreY: number, radius: number): number {
  const dx = x - centreX;
  const dy = y - centreY;
  return Math.sqrt(dx * dx + dy * dy) - radius;
}

/** An upright box with rounded corners; `halfWidth` and `halfHeight` include the rounding. */
export function roundedBox(x: number, y: number, halfWidth: number, halfHeight: number, radius: number): number {
  const qx = Math.abs(x) - halfWidth + radius;
  const qy = Math.abs(y) - halfHeight + radius;
  const ox = Math.max(qx, 0);
  const oy = Math.max(qy, 0);
  return Math.sqrt(ox * ox + oy * oy) + Math.min(Math.max(qx, qy), 0) - radius;
}

/** A regular hexagon given by the distance from its centre to a flat side, turned by `turn` radians. */
export function hexagon(x: number, y: number, apothem: number, turn: number): number {
  const c = Math.cos(turn);
  const s = Math.sin(turn);
  const px = Math.abs(c * x + s * y);
  const py = Math.abs(c * y - s * x);
  return Math.max(py, px * 0.8660254 + py * 0.5) - apothem;
}

/** Distance to the stretch between two points. */
export function segment(x: number, y: number, a: Point, b: Point): number {
  const bx = b.x - a.x;
  const by = b.y - a.y;
  const px = x - a.x;
  const py = y - a.y;
  const length = bx * bx + by * by;
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, (px * bx + py * by) / length));
  const dx = px - bx * t;
  const dy = py - by * t;
  return Math.sqrt(dx * dx + dy * dy);
}

/** Distance to a chain of stretches, and how far along it (0..1) the nearest place is. */
export function polyline(x: number, y: number, points: readonly Point[]): { distance: number; along: number } {
  let distance = Number.POSITIVE_INFINITY;
  let along = 0;
  for (let i = 0; i + 1 < points.length; i++) {
    const d = segment(x, y, points[i]!, points[i + 1]!);
    if (d < distance) {
      distance = d;
      along = i / (points.length - 1);
    }
  }
  return { distance, along };
}

/** 0 below `low`, 1 above `high`, smooth between. */
export function smoothstep(low: number, high: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return t * t * (3 - 2 * t);
}

/** How much of a pixel a shape covers, from its signed distance in pixels: antialiasing without supersampling. */
export function coverage(distance: number): number {
  return Math.min(1, Math.max(0, 0.5 - distance));
}
