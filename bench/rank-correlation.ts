/** Spearman's rank correlation of two lists without ties. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranks(a), ranks(b)];
  const squares = x.reduce((sum, rank, i) => sum + (rank - y[i]!) ** 2, 0);
  return 1 - (6 * squares) / (a.length * (a.length ** 2 - 1));
}

function ranks(values: readonly number[]): number[] {
  const out: number[] = [];
  for (const [rank, at] of [...values.keys()].sort((i, j) => values[i]! - values[j]!).entries()) out[at] = rank;
  return out;
}
