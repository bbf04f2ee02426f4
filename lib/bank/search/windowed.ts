import type { Matches, Metric } from "./types";
import { normaliseRows } from "./vectors";

/** How far a patch may lie from where the bank's has lain, to each side: shares of the picture's width and height. */
export interface SearchWindow {
  x: number;
  y: number;
}

/** A bank whose patches are compared with those in the same place alone. */
export interface WindowedIndex {
  readonly bytes: number;
  /**
   * @param queries float32 [count, dimension], not yet normalised; left as they are
   * @param places float32 [count, 2]: where they lie, x and y as shares of width and height
   * @param skip bank rows [from, to) to leave out
   */
  search(queries: Float32Array, places: Float32Array, skip?: readonly [number, number]): Matches;
}

/**
 * For parts that always lie the same way, as RAD (arXiv 2601.22763) searches them: the nearest neighbour of a patch
 * among the bank's patches within a window around its place. Where the bank has none there (a mask or a coreset left
 * none), the window grows until it has.
 * @param positions float32 [rows, 2], as shares
 * @param neighbours k >= 1, averaged as `NearestNeighbours` does
 */
export function windowedIndex(
  features: Float32Array,
  positions: Float32Array,
  dimension: number,
  metric: Metric,
  neighbours: number,
  window: SearchWindow,
): WindowedIndex {
  const bank = metric === "cosine" ? normaliseRows(features, dimension) : features.slice();
  const bins = binsOf(positions, window);
  const count = positions.length / 2;
  return {
    bytes: bank.byteLength + bins.rows.byteLength + positions.byteLength,
    search(queries, places, skip) {
      const prepared = metric === "cosine" ? normaliseRows(queries, dimension) : queries;
      const total = queries.length / dimension;
      const distances = new Float32Array(total);
      const nearest = new Int32Array(total).fill(-1);
      const left = skip ? count - (skip[1] - skip[0]) : count;
      const best = { values: new Float64Array(neighbours), found: 0, row: -1 };
      for (let query = 0; query < total; query++) {
        const [x, y] = [places[2 * query]!, places[2 * query + 1]!];
        best.found = 0;
        for (let reach = 1; best.found === 0 && left > 0; reach *= 2) look(x, y, reach, query, prepared, skip, best);
        distances[query] = best.found === 0 ? Number.NaN : meanDistance(best.values, best.found, metric);
        nearest[query] = best.found === 0 ? -1 : best.row;
      }
      return { distances, nearest };
    },
  };

  /** Offers all rows within `reach` windows of a place. */
  function look(
    x: number,
    y: number,
    reach: number,
    query: number,
    queries: Float32Array,
    skip: readonly [number, number] | undefined,
    best: { values: Float64Array; found: number; row: number },
  ): void {
    const [mostX, mostY] = [reach * window.x, reach * window.y];
    const [fromX, toX] = [bins.column(x - mostX), bins.column(x + mostX)];
    for (let binY = bins.line(y - mostY); binY <= bins.line(y + mostY); binY++) {
      for (let binX = fromX; binX <= toX; binX++) {
        const bin = binY * bins.columns + binX;
        for (let i = bins.starts[bin]!; i < bins.starts[bin + 1]!; i++) {
          const row = bins.rows[i]!;
          if (skip && row >= skip[0] && row < skip[1]) continue;
          if (Math.abs(positions[2 * row]! - x) > mostX || Math.abs(positions[2 * row + 1]! - y) > mostY) continue;
          offer(best, compare(queries, query * dimension, bank, row * dimension, dimension, metric), row);
        }
      }
    }
  }
}

/** Squared distance, which orders as the distance does: 1 - cosine similarity, or squared Euclidean. */
function compare(a: Float32Array, atA: number, b: Float32Array, atB: number, length: number, metric: Metric): number {
  return metric === "cosine" ? Math.max(0, 1 - product(a, atA, b, atB, length)) : squares(a, atA, b, atB, length);
}

/** Four sums side by side: none of them waits for the one before, which halves the time. */
function product(a: Float32Array, atA: number, b: Float32Array, atB: number, length: number): number {
  let s = 0;
  let t = 0;
  let u = 0;
  let v = 0;
  const whole = length & ~3;
  for (let i = 0; i < whole; i += 4) {
    const p = atA + i;
    const q = atB + i;
    s += a[p]! * b[q]!;
    t += a[p + 1]! * b[q + 1]!;
    u += a[p + 2]! * b[q + 2]!;
    v += a[p + 3]! * b[q + 3]!;
  }
  for (let i = whole; i < length; i++) s += a[atA + i]! * b[atB + i]!;
  return s + t + (u + v);
}

function squares(a: Float32Array, atA: number, b: Float32Array, atB: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) {
    const difference = a[atA + i]! - b[atB + i]!;
    sum += difference * difference;
  }
  return sum;
}

function offer(best: { values: Float64Array; found: number; row: number }, value: number, row: number): void {
  const { values } = best;
  if (best.found === values.length && value >= values[best.found - 1]!) return;
  let at = best.found < values.length ? best.found++ : values.length - 1;
  for (; at > 0 && value < values[at - 1]!; at--) values[at] = values[at - 1]!;
  values[at] = value;
  if (at === 0) best.row = row;
}

/** As the authors' code has it for k neighbours; see `NearestNeighbours.matches`. */
function meanDistance(values: Float64Array, found: number, metric: Metric): number {
  let sum = 0;
  for (let i = 0; i < found; i++) sum += values[i]!;
  return metric === "l2" ? Math.sqrt(sum / found) : sum / found;
}

/** The rows by place, in bins of a window's size. */
function binsOf(positions: Float32Array, window: SearchWindow) {
  const columns = Math.max(1, Math.floor(1 / window.x));
  const lines = Math.max(1, Math.floor(1 / window.y));
  const index = (share: number, of: number) => Math.min(of - 1, Math.max(0, Math.floor(share * of)));
  const column = (share: number) => index(share, columns);
  const line = (share: number) => index(share, lines);
  const count = positions.length / 2;
  const starts = new Int32Array(columns * lines + 1);
  const binOf = (row: number) => line(positions[2 * row + 1]!) * columns + column(positions[2 * row]!);
  for (let row = 0; row < count; row++) starts[binOf(row) + 1]!++;
  for (let bin = 0; bin < columns * lines; bin++) starts[bin + 1]! += starts[bin]!;
  const next = starts.slice();
  const rows = new Int32Array(count);
  for (let row = 0; row < count; row++) rows[next[binOf(row)]!++] = row;
  return { columns, column, line, starts, rows };
}
