import type { MatrixProducts } from "./matrix-products";
import type { Matches, Metric } from "./types";
import { gatherRows, normaliseRows, squaredNorms } from "./vectors";

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
  search(queries: Float32Array, places: Float32Array, skip?: readonly [number, number]): Promise<Matches>;
}

/** Similarities a matrix product: 16 MB, whatever the window. */
const SIMILARITIES = 4_000_000;

/**
 * For parts that always lie the same way, as RAD (arXiv 2601.22763) searches them: the nearest neighbour of a patch
 * among the bank's patches within a window around its place. Where the bank has none there (a mask or a coreset left
 * none), the window grows until it has. The bank lies by place, so that what a line of the grid is compared with is one
 * piece of it, and one matrix product.
 * @param positions float32 [rows, 2], as shares
 * @param neighbours k >= 1, averaged as `NearestNeighbours` does
 */
export function windowedIndex(
  products: MatrixProducts,
  features: Float32Array,
  positions: Float32Array,
  dimension: number,
  metric: Metric,
  neighbours: number,
  window: SearchWindow,
): WindowedIndex {
  const isCosine = metric === "cosine";
  const bins = binsOf(positions, window);
  const gathered = gatherRows(features, dimension, bins.rows);
  const bank = isCosine ? normaliseRows(gathered, dimension) : gathered;
  const norms = isCosine ? undefined : squaredNorms(bank, dimension);
  const count = positions.length / 2;
  return {
    bytes: bank.byteLength + bins.rows.byteLength + positions.byteLength + (norms?.byteLength ?? 0),
    async search(queries, places, skip) {
      const prepared = isCosine ? normaliseRows(queries, dimension) : queries;
      const lengths = isCosine ? undefined : squaredNorms(queries, dimension);
      const total = queries.length / dimension;
      const matches = { distances: new Float32Array(total).fill(Number.NaN), nearest: new Int32Array(total).fill(-1) };
      const left = skip ? count - (skip[1] - skip[0]) : count;
      const best = { values: new Float64Array(neighbours), found: 0, row: -1 };
      let waiting = left > 0 ? [...Array(total).keys()] : [];
      for (let reach = 1; waiting.length > 0; reach *= 2) {
        const without: number[] = [];
        for (const { from, to, band } of bandsOf(waiting, places, reach)) {
          const [first, last] = band;
          const together = waiting.slice(from, to);
          const some = gatherRows(prepared, dimension, together);
          const rows = bank.subarray(first * dimension, last * dimension);
          const similarities = rows.length > 0 ? await products.project(some, rows, dimension) : undefined;
          for (const [i, query] of together.entries()) {
            best.found = 0;
            const start = i * (last - first) - first;
            const distance = (at: number) => {
              const value = similarities![start + at]!;
              return Math.max(0, lengths ? lengths[query]! + norms![at]! - 2 * value : 1 - value);
            };
            look(places[2 * query]!, places[2 * query + 1]!, reach, distance, skip, best);
            if (best.found === 0) without.push(query);
            else {
              matches.distances[query] = meanDistance(best.values, best.found, metric);
              matches.nearest[query] = best.row;
            }
          }
        }
        waiting = without;
      }
      return matches;
    },
  };

  /** Neighbouring queries whose windows reach over the same lines of bins, and the rows of the bank [first, last) there. */
  function* bandsOf(queries: readonly number[], places: Float32Array, reach: number) {
    const linesOf = (query: number) => {
      const y = places[2 * query + 1]!;
      return [bins.line(y - reach * window.y), bins.line(y + reach * window.y)] as const;
    };
    for (let from = 0, to = 1; from < queries.length; from = to, to++) {
      const [top, bottom] = linesOf(queries[from]!);
      const band = [bins.starts[top * bins.columns]!, bins.starts[(bottom + 1) * bins.columns]!] as const;
      const most = from + Math.max(1, Math.floor(SIMILARITIES / Math.max(1, band[1] - band[0])));
      const isAlike = ([itsTop, itsBottom]: readonly [number, number]) => itsTop === top && itsBottom === bottom;
      while (to < Math.min(queries.length, most) && isAlike(linesOf(queries[to]!))) to++;
      yield { from, to, band };
    }
  }

  /** Offers all rows within `reach` windows of a place. @param distance of a row as the bank lies here, squared if L2 */
  function look(
    x: number,
    y: number,
    reach: number,
    distance: (at: number) => number,
    skip: readonly [number, number] | undefined,
    best: Best,
  ): void {
    const [mostX, mostY] = [reach * window.x, reach * window.y];
    const [fromX, toX] = [bins.column(x - mostX), bins.column(x + mostX)];
    for (let line = bins.line(y - mostY); line <= bins.line(y + mostY); line++) {
      // Bins beside one another lie after one another.
      const end = bins.starts[line * bins.columns + toX + 1]!;
      for (let at = bins.starts[line * bins.columns + fromX]!; at < end; at++) {
        const row = bins.rows[at]!;
        if (skip && row >= skip[0] && row < skip[1]) continue;
        if (Math.abs(positions[2 * row]! - x) > mostX || Math.abs(positions[2 * row + 1]! - y) > mostY) continue;
        offer(best, distance(at), row);
      }
    }
  }
}

/** Of one query, smallest first. */
interface Best {
  values: Float64Array;
  found: number;
  row: number;
}

function offer(best: Best, value: number, row: number): void {
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
