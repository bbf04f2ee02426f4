import type { MatrixProducts } from "./matrix-products";
import { type Tiles, tilesOf } from "./tiles";
import type { Matches, Metric, SearchOptions } from "./types";
import { gatherRows, normaliseRows, squaredNorms } from "./vectors";

/** How far a patch may lie from where the bank's has lain, to each side: shares of the picture's width and height. */
export interface SearchWindow {
  x: number;
  y: number;
}

/** What a search in place finds. */
export interface WindowedMatches extends Matches {
  /**
   * Of every row of the bank the distance to the nearest patch that it was compared with: float32 [rows], infinite where
   * it was compared with none. The frame may have a nearer one elsewhere, never only farther ones. Where it was asked for
   * (`SearchOptions.reverse`).
   */
  atMost?: Float32Array | undefined;
}

/** A bank whose patches are compared with those in the same place alone. */
export interface WindowedIndex {
  readonly bytes: number;
  /**
   * @param queries float32 [count, dimension], not yet normalised if nothing else is said; left as they are
   * @param places float32 [count, 2]: where they lie, x and y as shares of width and height
   */
  search(queries: Float32Array, places: Float32Array, options?: SearchOptions): Promise<WindowedMatches>;
}

/** Similarities a product: 16 MB, whatever the window. */
const SIMILARITIES = 4_000_000;

/**
 * For parts that always lie the same way, as RAD (arXiv 2601.22763) searches them: the nearest neighbour of a patch
 * among the bank's patches within a window around its place. Where the bank has none there (a mask or a coreset left
 * none), the window grows until it has. The bank lies in tiles by place, each of which is compared with the patches whose
 * windows reach into it: one batched product for all of them, of which next to nothing is computed in vain.
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
  const tiles = tilesOf(positions, window);
  const { rows, starts, size } = tiles;
  const lies = gatherRows(positions, 2, rows);
  const norms = squaredNorms(features, dimension);
  const bank = columnsOf(features, dimension, tiles, isCosine ? norms : undefined);
  const count = rows.length;
  return {
    bytes: bank.byteLength + rows.byteLength + lies.byteLength + norms.byteLength,
    async search(queries, places, { skip, isUnit, reverse } = {}) {
      const prepared = isCosine && !isUnit ? normaliseRows(queries, dimension) : queries;
      const lengths = isCosine ? undefined : squaredNorms(queries, dimension);
      const total = queries.length / dimension;
      const best = new NearestInPlace(total, neighbours, reverse ? count : undefined);
      const left = skip ? count - (skip[1] - skip[0]) : count;
      let waiting = left > 0 ? [...Array(total).keys()] : [];
      for (let reach = 1; waiting.length > 0; reach *= 2) {
        for (const blocks of productsOf(waiting, places, reach)) {
          const most = Math.max(...blocks.map((block) => block.queries.length));
          const some = new Float32Array(blocks.length * most * dimension);
          for (const [i, block] of blocks.entries())
            gatherInto(some.subarray(i * most * dimension), prepared, dimension, block.queries);
          const first = blocks[0]!.tile;
          const part = bank.subarray(first * dimension * size, (first + blocks.length) * dimension * size);
          const similarities = await products.batched(some, part, blocks.length, dimension);
          for (const [i, block] of blocks.entries())
            compare(block, similarities.subarray(i * most * size), places, reach, lengths, skip, best);
        }
        waiting = waiting.filter((query) => best.found[query] === 0);
      }
      return best.matches(metric);
    },
  };

  /** The tiles and those of the queries whose windows reach into them, as many tiles in one as may be. */
  function* productsOf(queries: readonly number[], places: Float32Array, reach: number): Generator<Block[]> {
    const [reachX, reachY] = [reach * window.x, reach * window.y];
    let blocks: Block[] = [];
    let most = 0;
    for (let tile = 0; tile < tiles.count; tile++) {
      const near = nearTo(tile, queries, places, reachX, reachY);
      const atATime = Math.max(1, Math.floor(SIMILARITIES / size));
      for (let from = 0; from < near.length; from += atATime) {
        const some = near.slice(from, from + atATime);
        const isNext = blocks.at(-1)?.tile === tile - 1;
        const larger = Math.max(most, some.length);
        if (blocks.length > 0 && !(isNext && (blocks.length + 1) * larger * size <= SIMILARITIES)) {
          yield blocks;
          blocks = [];
          most = 0;
        }
        blocks.push({ tile, queries: some });
        most = Math.max(most, some.length);
      }
    }
    if (blocks.length > 0) yield blocks;
  }

  /** Those of the queries whose windows reach into a tile; plain loops, for every tile of a frame comes here. */
  function nearTo(
    tile: number,
    queries: readonly number[],
    places: Float32Array,
    reachX: number,
    reachY: number,
  ): number[] {
    const { boxes } = tiles;
    const [left, right] = [boxes[4 * tile]! - reachX, boxes[4 * tile + 1]! + reachX];
    const [top, bottom] = [boxes[4 * tile + 2]! - reachY, boxes[4 * tile + 3]! + reachY];
    const near: number[] = [];
    for (let i = 0; i < queries.length; i++) {
      const query = queries[i]!;
      const x = places[2 * query]!;
      const y = places[2 * query + 1]!;
      if (x >= left && x <= right && y >= top && y <= bottom) near.push(query);
    }
    return near;
  }

  /** Offers a tile's rows to the queries that lie within `reach` windows. @param similarities float32 [queries, size] */
  function compare(
    { tile, queries }: Block,
    similarities: Float32Array,
    places: Float32Array,
    reach: number,
    lengths: Float32Array | undefined,
    skip: readonly [number, number] | undefined,
    best: NearestInPlace,
  ): void {
    const [mostX, mostY] = [reach * window.x, reach * window.y];
    const [from, to] = [starts[tile]!, starts[tile + 1]!];
    for (let i = 0; i < queries.length; i++) {
      const query = queries[i]!;
      const [x, y] = [places[2 * query]!, places[2 * query + 1]!];
      for (let at = from, similar = i * size; at < to; at++, similar++) {
        if (Math.abs(lies[2 * at]! - x) > mostX || Math.abs(lies[2 * at + 1]! - y) > mostY) continue;
        const row = rows[at]!;
        if (skip && row >= skip[0] && row < skip[1]) continue;
        const value = similarities[similar]!;
        best.offer(query, row, Math.max(0, lengths ? lengths[query]! + norms[row]! - 2 * value : 1 - value));
      }
    }
  }
}

/** A tile of the bank, and the queries that are compared with it. */
interface Block {
  tile: number;
  queries: number[];
}

/** The k nearest rows of each query so far, smallest first, and where it is asked for the nearest query of each row. */
class NearestInPlace {
  /** Of each query how many of its k. */
  readonly found: Int32Array;
  private readonly values: Float64Array;
  private readonly rows: Int32Array;
  private readonly ofRows: Float32Array | undefined;

  constructor(
    queries: number,
    private readonly k: number,
    rows: number | undefined,
  ) {
    this.found = new Int32Array(queries);
    this.values = new Float64Array(queries * k);
    this.rows = new Int32Array(queries).fill(-1);
    if (rows !== undefined) this.ofRows = new Float32Array(rows).fill(Number.POSITIVE_INFINITY);
  }

  /** @param value the distance, squared if L2 */
  offer(query: number, row: number, value: number): void {
    const { values, found, k, ofRows } = this;
    if (ofRows && value < ofRows[row]!) ofRows[row] = value;
    const first = query * k;
    let at = first + found[query]!;
    if (found[query] === k) {
      at--;
      // Which of two equal rows is named must not depend on the tiles.
      if (value > values[at]! || (value === values[at] && (k > 1 || row > this.rows[query]!))) return;
    } else found[query]!++;
    for (; at > first && value < values[at - 1]!; at--) values[at] = values[at - 1]!;
    values[at] = value;
    if (at === first) this.rows[query] = row;
  }

  matches(metric: Metric): WindowedMatches {
    const { found, k, values, rows, ofRows } = this;
    const distances = Float32Array.from(found, (count, query) => {
      if (count === 0) return Number.NaN;
      // As the authors' code has it for k neighbours; see `NearestNeighbours.matches`.
      let sum = 0;
      for (let i = 0; i < count; i++) sum += values[query * k + i]!;
      return metric === "l2" ? Math.sqrt(sum / count) : sum / count;
    });
    return { distances, nearest: rows, atMost: metric === "l2" ? ofRows?.map(Math.sqrt) : ofRows };
  }
}

/**
 * Each tile's rows as columns, which a batched product takes as they are; tiles of a row less than the largest are filled
 * up with zeros. @param norms where rows are to be brought to length one
 * @returns float32 [tiles, dimension, size]
 */
function columnsOf(
  features: Float32Array,
  dimension: number,
  { count, rows, starts, size }: Tiles,
  norms: Float32Array | undefined,
): Float32Array {
  const out = new Float32Array(count * dimension * size);
  for (let tile = 0; tile < count; tile++) {
    for (let at = starts[tile]!; at < starts[tile + 1]!; at++) {
      const row = rows[at]!;
      const scale = norms ? (norms[row]! > 0 ? 1 / Math.sqrt(norms[row]!) : 0) : 1;
      let to = tile * dimension * size + at - starts[tile]!;
      for (let i = row * dimension; i < (row + 1) * dimension; i++, to += size) out[to] = features[i]! * scale;
    }
  }
  return out;
}

function gatherInto(out: Float32Array, vectors: Float32Array, dimension: number, rows: readonly number[]): void {
  for (let i = 0; i < rows.length; i++)
    out.set(vectors.subarray(rows[i]! * dimension, (rows[i]! + 1) * dimension), i * dimension);
}
