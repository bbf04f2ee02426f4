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
