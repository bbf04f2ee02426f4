import { keptRows } from "../bank/search/vectors";
import { GoldenSampleError } from "../errors";
import type { Box } from "../image/crop";
import { sentence } from "../sentence";

/** Which patches count: row-major uint8 [rows * cols], 1 = look here. */
export interface GridMask {
  rows: number;
  cols: number;
  data: Uint8Array;
  /** What the grid covers, as shares of the frame; absent: all of it. */
  area?: Box | undefined;
  /** The box around the regions that it was made with, as shares of the frame; absent: there were none. */
  region?: Box | undefined;
}

/** The share of the grid that is looked at, 0..1. */
export function coverage(mask: GridMask): number {
  let kept = 0;
  for (const value of mask.data) kept += value;
  return mask.data.length === 0 ? 0 : kept / mask.data.length;
}

/**
 * What a mask must keep for a score to say something of the part. AnomalyDINO's score is the mean of the worst 1 % of the
 * whole grid: under that it would be filled up with patches that nobody looked at. And fewer than two by two patches are
 * a stray one: dilation alone makes three of it.
 */
const LEAST_LOOK = { share: 0.01, patches: 4 } as const;

/** Whether a mask is empty, or keeps next to nothing (`LEAST_LOOK`): what it leaves out was not inspected. */
export function isMaskedOut(mask: GridMask): boolean {
  const { length } = mask.data;
  return keptRows(mask.data).length < Math.min(length, Math.max(LEAST_LOOK.patches, LEAST_LOOK.share * length));
}

/** Patches that both masks keep; where one is absent, the other. */
export function intersect(a: GridMask | undefined, b: GridMask | undefined): GridMask | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { ...a, data: a.data.map((value, i) => value & b.data[i]!) };
}

/** The mask on another grid of the same area: a patch is kept where its centre lies in a kept one, or a kept one's in it. */
export function resample({ rows, cols, data, area }: GridMask, newRows: number, newCols: number): GridMask {
  const out = new Uint8Array(newRows * newCols);
  const cell = (i: number, from: number, to: number) => Math.floor(((i + 0.5) * to) / from);
  for (let row = 0; row < newRows; row++) {
    for (let col = 0; col < newCols; col++) {
      out[row * newCols + col] = data[cell(row, newRows, rows) * cols + cell(col, newCols, cols)]!;
    }
  }
  // A finer grid's single patch may hold no centre of the coarser one.
  for (const i of keptRows(data)) {
    out[cell(Math.floor(i / cols), rows, newRows) * newCols + cell(i % cols, cols, newCols)] = 1;
  }
  return { rows: newRows, cols: newCols, data: out, ...(area && { area }) };
}

/** @throws {GoldenSampleError} BAD_REQUEST where a mask was made for another grid than the image's */
export function mustFit(mask: GridMask, rows: number, cols: number): void {
  if (mask.rows === rows && mask.cols === cols && mask.data.length === rows * cols) return;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[maskGrid] The mask has ${{ rows: mask.rows }} x ${{ cols: mask.cols }} patches and the image ${{ imageRows: rows }} x ${{ imageCols: cols }}: make the mask from the same image with the same backbone.`,
  );
}
