/** Regions as the dialog draws them. All numbers are shares of the image's sides, 0..1, from the top left. */

export type Corner = [number, number];
export type Kind = "include" | "exclude";
interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}
export type Shape = { kind: "polygon"; corners: Corner[] } | ({ kind: "rectangle" | "ellipse" } & Box);
export interface Drawn {
  kind: Kind;
  shape: Shape;
  /** Where it is judged by itself. */
  name: string;
  threshold: string;
}

/** A shape narrower than this could not be taken hold of. */
const LEAST = 0.005;
/** Where one that is made without a pointer lies. */
const MIDDLE: Box = { x: 0.3, y: 0.3, width: 0.4, height: 0.4 };

const limited = (share: number, most = 1) => Number(Math.min(most, Math.max(0, share)).toFixed(4));

export function middle(kind: Shape["kind"]): Shape {
  return kind === "polygon" ? { kind, corners: cornersOf(MIDDLE) } : { kind, ...MIDDLE };
}

/** Between two opposite corners; undefined where it would be a line. */
export function between(kind: "rectangle" | "ellipse", [ax, ay]: Corner, [bx, by]: Corner): Shape | undefined {
  const box = { x: Math.min(ax, bx), y: Math.min(ay, by), width: Math.abs(bx - ax), height: Math.abs(by - ay) };
  return box.width < LEAST || box.height < LEAST ? undefined : { kind, ...rounded(box) };
}

/** The corners that can be dragged: of rectangles and ellipses those of the box around them. */
export function handlesOf(shape: Shape): Corner[] {
  return shape.kind === "polygon" ? shape.corners : cornersOf(shape);
}

export function withHandle(shape: Shape, index: number, to: Corner): Shape {
  if (shape.kind === "polygon")
    return { ...shape, corners: shape.corners.map((corner, i) => (i === index ? to : corner)) };
  // The opposite corner stays.
  return between(shape.kind, cornersOf(shape)[(index + 2) % 4]!, to) ?? shape;
}

/** As far as the image's edges allow. */
export function moved(shape: Shape, dx: number, dy: number): Shape {
  const { x, y, width, height } = boxOf(shape);
  const [right, down] = [limited(x + dx, 1 - width) - x, limited(y + dy, 1 - height) - y];
  if (shape.kind !== "polygon") return { ...shape, ...rounded({ x: x + right, y: y + down, width, height }) };
  return { ...shape, corners: shape.corners.map(([cx, cy]): Corner => [limited(cx + right), limited(cy + down)]) };
}

/** Wider and higher by so much; the top left corner stays. */
export function grown(shape: Shape, dx: number, dy: number): Shape {
  const { x, y, width, height } = boxOf(shape);
  const wide = Math.max(LEAST, Math.min(1 - x, width + dx));
  const high = Math.max(LEAST, Math.min(1 - y, height + dy));
  if (shape.kind !== "polygon") return { ...shape, ...rounded({ x, y, width: wide, height: high }) };
  const along = (at: number, from: number, before: number, now: number) =>
    before === 0 ? at : limited(from + ((at - from) / before) * now);
  return {
    ...shape,
    corners: shape.corners.map(([cx, cy]): Corner => [along(cx, x, width, wide), along(cy, y, height, high)]),
  };
}

export function contains(shape: Shape, [x, y]: Corner): boolean {
  if (shape.kind !== "polygon") {
    const [across, down] = [shape.width / 2, shape.height / 2];
    const [right, below] = [(x - shape.x - across) / across, (y - shape.y - down) / down];
    return shape.kind === "ellipse" ? right ** 2 + below ** 2 <= 1 : Math.max(Math.abs(right), Math.abs(below)) <= 1;
  }
  let inside = false;
  for (const [i, [xi, yi]] of shape.corners.entries()) {
    const [xj, yj] = shape.corners.at(i - 1)!;
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

export function boxOf(shape: Shape): Box {
  if (shape.kind !== "polygon") return shape;
  const [xs, ys] = [shape.corners.map(([x]) => x), shape.corners.map(([, y]) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

function cornersOf({ x, y, width, height }: Box): Corner[] {
  const [right, bottom] = [limited(x + width), limited(y + height)];
  return [
    [x, y],
    [right, y],
    [right, bottom],
    [x, bottom],
  ];
}

function rounded({ x, y, width, height }: Box): Box {
  const [left, top] = [limited(x), limited(y)];
  return { x: left, y: top, width: limited(width, 1 - left), height: limited(height, 1 - top) };
}
