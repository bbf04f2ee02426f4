/** Which patches count: row-major uint8 [rows * cols], 1 = look here. */
export interface GridMask {
  rows: number;
  cols: number;
  data: Uint8Array;
}

/** The share of the grid that is looked at, 0..1. */
export function coverage(mask: GridMask): number {
  let kept = 0;
  for (const value of mask.data) kept += value;
  return mask.data.length === 0 ? 0 : kept / mask.data.length;
}

/** Patches that both masks keep; where one is absent, the other. */
export function intersect(a: GridMask | undefined, b: GridMask | undefined): GridMask | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { ...a, data: a.data.map((value, i) => value & b.data[i]!) };
}

/** The indices of the patches that the mask keeps. */
export function onesOf({ data }: GridMask): number[] {
  return Array.from(data.keys()).filter((i) => data[i] === 1);
}

/** The mask on another grid: a patch is kept where its centre lies in a kept one, or a kept one's in it. */
export function resample({ rows, cols, data }: GridMask, newRows: number, newCols: number): GridMask {
  const out = new Uint8Array(newRows * newCols);
  const cell = (i: number, from: number, to: number) => Math.floor(((i + 0.5) * to) / from);
  for (let row = 0; row < newRows; row++) {
    for (let col = 0; col < newCols; col++) {
      out[row * newCols + col] = data[cell(row, newRows, rows) * cols + cell(col, newCols, cols)]!;
    }
  }
  // A finer grid's single patch may hold no centre of the coarser one.
  for (const i of onesOf({ rows, cols, data })) {
    out[cell(Math.floor(i / cols), rows, newRows) * newCols + cell(i % cols, cols, newCols)] = 1;
  }
  return { rows: newRows, cols: newCols, data: out };
}
