/** Pieces of a bank by place, all of the same number of rows but for one. */
export interface Tiles {
  count: number;
  /** The rows by tile, one tile after the other. */
  rows: Int32Array;
  /** int32 [count + 1]: where in `rows` each tile begins. */
  starts: Int32Array;
  /** Most rows of a tile. */
  size: number;
  /** float64 [count, 4]: the least and the largest x and y of each tile's rows. */
  boxes: Float64Array;
}

/** Windows times windows that a tile is to cover: larger ones cost products nobody asked for, smaller ones more of them. */
const AREA = 4;

/**
 * Cuts a bank into pieces that lie together: each in two at the middle row of its longer side, and so again, all of them
 * equally often, so that they can go through one batched product.
 * @param positions float32 [rows, 2], x and y
 * @param window that sides are measured by
 */
export function tilesOf(positions: Float32Array, window: { x: number; y: number }): Tiles {
  const total = positions.length / 2;
  const rows = Int32Array.from({ length: total }, (_, row) => row);
  const whole = boxOf(positions, rows);
  const area = (Math.max(1, (whole[1] - whole[0]) / window.x) * Math.max(1, (whole[3] - whole[2]) / window.y)) / AREA;
  const levels = Math.max(0, Math.min(Math.round(Math.log2(area)), Math.floor(Math.log2(Math.max(1, total)))));
  const count = 2 ** levels;
  const starts = Int32Array.from({ length: count + 1 }, (_, tile) => Math.floor((tile * total) / count));
  for (let level = 0; level < levels; level++) {
    const step = count >> level;
    for (let tile = 0; tile < count; tile += step)
      sortAlong(rows.subarray(starts[tile], starts[tile + step]), positions, window);
  }
  const boxes = new Float64Array(4 * count);
  let size = 0;
  for (let tile = 0; tile < count; tile++) {
    const own = rows.subarray(starts[tile], starts[tile + 1]);
    boxes.set(boxOf(positions, own), 4 * tile);
    size = Math.max(size, own.length);
  }
  return { count, rows, starts, size, boxes };
}

/** By its longer side: the first half then is the one piece, and the second the other. */
function sortAlong(rows: Int32Array, positions: Float32Array, window: { x: number; y: number }): void {
  const [left, right, top, bottom] = boxOf(positions, rows);
  const axis = (right - left) / window.x >= (bottom - top) / window.y ? 0 : 1;
  const other = 1 - axis;
  // A line of patches is cut where it is crossed, and not by chance.
  rows.sort(
    (a, b) =>
      positions[2 * a + axis]! - positions[2 * b + axis]! ||
      positions[2 * a + other]! - positions[2 * b + other]! ||
      a - b,
  );
}

function boxOf(positions: Float32Array, rows: Int32Array): [number, number, number, number] {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < rows.length; i++) {
    const [x, y] = [positions[2 * rows[i]!]!, positions[2 * rows[i]! + 1]!];
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return [left, right, top, bottom];
}
