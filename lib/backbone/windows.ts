import { GoldenSampleError } from "../errors";
import { sentence } from "../sentence";
import type { InputSize } from "./description";
import type { PatchTokens } from "./patch-tokens";

/** The share of a window that its neighbours see, too. */
const OVERLAP = 0.25;

/** A prepared picture, planar: float32 [3, height, width]. */
interface Prepared {
  height: number;
  width: number;
  data: Float32Array;
}

/** Pixels [start, start + length) of one axis; what it says of [from, to) counts. */
interface Span {
  start: number;
  length: number;
  from: number;
  to: number;
}

/** A part of a prepared frame that goes through the backbone by itself, in pixels of that frame. */
export interface Window {
  rows: Span;
  cols: Span;
}

/**
 * Windows that cover a frame, each with a quarter of its sides in common with its neighbours at least. Of what two
 * see, each one's half counts: at its edge a backbone knows only half of a patch's surroundings.
 * @param frame pixels; multiples of `multiple`, and no side smaller than the window's where that is of one size
 * @param most a window's sides in pixels, multiples of `multiple`
 * @param size absent or dynamic: windows may be smaller, and share a side among them evenly
 */
export function windowsOf(
  frame: { height: number; width: number },
  most: { height: number; width: number },
  multiple: number,
  size?: InputSize,
): Window[] {
  const even = size?.kind !== "fixed";
  const rows = spans(frame.height / multiple, Math.floor(most.height / multiple), even);
  const cols = spans(frame.width / multiple, Math.floor(most.width / multiple), even);
  const inPixels = ({ start, length, from, to }: Span): Span => ({
    start: start * multiple,
    length: length * multiple,
    from: from * multiple,
    to: to * multiple,
  });
  return rows.flatMap((row) => cols.map((col) => ({ rows: inPixels(row), cols: inPixels(col) })));
}

function spans(total: number, most: number, even: boolean): Span[] {
  if (total <= most) return [{ start: 0, length: total, from: 0, to: total }];
  const common = Math.ceil(most * OVERLAP);
  const count = Math.ceil((total - common) / Math.max(1, most - common));
  const length = even ? Math.ceil((total + (count - 1) * common) / count) : most;
  const starts = Array.from({ length: count }, (_, i) => Math.round((i * (total - length)) / (count - 1)));
  const border = (i: number) => Math.round((starts[i]! + starts[i - 1]! + length) / 2);
  return starts.map((start, i) => ({
    start,
    length,
    from: i === 0 ? 0 : border(i),
    to: i === count - 1 ? total : border(i + 1),
  }));
}

/** A window's pixels, copied out of the prepared frame. */
export function cutWindow({ data, width, height }: Prepared, { rows, cols }: Window): Prepared {
  const own = new Float32Array(3 * rows.length * cols.length);
  for (let plane = 0, to = 0; plane < 3; plane++) {
    for (let row = rows.start; row < rows.start + rows.length; row++, to += cols.length) {
      const from = (plane * height + row) * width + cols.start;
      own.set(data.subarray(from, from + cols.length), to);
    }
  }
  return { height: rows.length, width: cols.length, data: own };
}

/** The patch tokens of a whole frame, put together from those of its windows. */
export class WindowedTokens {
  private whole: PatchTokens | undefined;

  /** @param frame pixels of the prepared frame */
  constructor(
    private readonly frame: { height: number; width: number },
    private readonly patchSize: number,
  ) {}

  /** @throws {GoldenSampleError} BAD_BACKBONE where the window did not give one token a patch */
  add({ rows, cols }: Window, { rows: ownRows, cols: ownCols, dimension, data }: PatchTokens): void {
    const { patchSize, frame } = this;
    const cells = (pixels: number) => pixels / patchSize;
    if (ownRows !== cells(rows.length) || ownCols !== cells(cols.length)) {
      throw new GoldenSampleError(
        "BAD_BACKBONE",
        sentence`[windowsDoNotFit] The backbone gives ${{ rows: ownRows }} x ${{ cols: ownCols }} patches for ${{ height: rows.length }} x ${{ width: cols.length }} px, so windows of a frame do not fit together: clear the bank's smallest defect, or take another backbone.`,
      );
    }
    const [height, width] = [cells(frame.height), cells(frame.width)];
    this.whole ??= { rows: height, cols: width, dimension, data: new Float32Array(height * width * dimension) };
    const count = cells(cols.to - cols.from) * dimension;
    for (let row = cells(rows.from); row < cells(rows.to); row++) {
      const from = ((row - cells(rows.start)) * ownCols + cells(cols.from - cols.start)) * dimension;
      this.whole.data.set(data.subarray(from, from + count), (row * width + cells(cols.from)) * dimension);
    }
  }

  /** Of all windows, which must have been added. */
  get tokens(): PatchTokens {
    return this.whole!;
  }
}
