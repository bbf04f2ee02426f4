import { worstCount } from "./worst";

/** So many times the rows that count are searched for at first, those that seem to be lacked most. */
const FIRST = 4;

/**
 * What a frame lacks of one reference, as far as it is known: the mean of the worst 1 % of its rows' distances to the
 * frame. Those few are found without searching for all the others where it is known of every row how far it is at most.
 */
export class Lack {
  /** Of the rows searched for; never more than that of all of them. */
  score = 0;
  /** The farthest of these. */
  row = -1;
  /** The largest distances so far, the largest first. */
  private readonly worst: number[] = [];
  private readonly count: number;
  private readonly bounds: Float32Array | undefined;
  /** What is at most so far has not been searched for. */
  private unsearched = Number.POSITIVE_INFINITY;
  private isWhole = false;

  /**
   * @param rows of the bank, ascending
   * @param most as `worstCount` has it
   * @param atMost float32 [bank rows]: see `MissingOptions`
   */
  constructor(
    readonly reference: number,
    readonly rows: Int32Array,
    most: number | undefined,
    atMost: Float32Array | undefined,
  ) {
    this.count = worstCount(rows.length, most);
    this.bounds = atMost && Float32Array.from(rows, (row) => atMost[row]!);
  }

  /** The rows to search for first: all, where nothing is known of them. */
  first(): Int32Array {
    const { bounds } = this;
    if (!bounds) return this.rows;
    const sorted = bounds.slice().sort();
    this.unsearched = sorted[Math.max(0, sorted.length - FIRST * this.count)]!;
    return this.rows.filter((_, i) => bounds[i]! >= this.unsearched);
  }

  /** The rows that could still count; none where all that count are known. */
  more(): Int32Array | undefined {
    const { bounds } = this;
    if (this.isWhole || !bounds) return undefined;
    this.isWhole = true;
    const least = this.worst[this.count - 1] ?? -1;
    const more = this.rows.filter((_, i) => bounds[i]! < this.unsearched && bounds[i]! > least);
    return more.length > 0 ? more : undefined;
  }

  add(rows: Int32Array, distances: Float32Array): void {
    const { worst, count } = this;
    for (let i = 0; i < rows.length; i++) {
      const value = distances[i]!;
      if (this.row < 0 || value > worst[0]! || (value === worst[0] && rows[i]! < this.row)) this.row = rows[i]!;
      if (worst.length === count && value <= worst[count - 1]!) continue;
      if (worst.length === count) worst.pop();
      let at = worst.length;
      while (at > 0 && worst[at - 1]! < value) at--;
      worst.splice(at, 0, value);
    }
    let sum = 0;
    for (let i = worst.length - 1; i >= 0; i--) sum += worst[i]!;
    this.score = sum / count;
  }
}
