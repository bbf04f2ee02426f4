/** Spearman's rank correlation of two lists, equal values sharing their mean rank; NaN where one list is all alike. */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranks(a), ranks(b)];
  const middle = (a.length - 1) / 2;
  const sum = (of: (i: number) => number) => x.reduce((total, _, i) => total + of(i), 0);
  const [both, ofX, ofY] = [
    sum((i) => (x[i]! - middle) * (y[i]! - middle)),
    sum((i) => (x[i]! - middle) ** 2),
    sum((i) => (y[i]! - middle) ** 2),
  ];
  return both / Math.sqrt(ofX * ofY);
}

function ranks(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((i, j) => values[i]! - values[j]!);
  const out: number[] = [];
  for (let from = 0, to = 0; from < order.length; from = to) {
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (const at of order.slice(from, to)) out[at] = (from + to - 1) / 2;
  }
  return out;
}
