/** The middle of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

/** Milliseconds that some work takes. */
export async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

export interface Paired {
  /** Median milliseconds of the two. */
  ours: number;
  bare: number;
  /** Median of the ratios pair by pair, which holds when the machine's speed drifts. */
  ratio: number;
}

/** Times two pieces of work in turn, after one round of warm-up. */
export async function pair(
  rounds: number,
  ours: () => Promise<unknown>,
  bare: () => Promise<unknown>,
): Promise<Paired> {
  await ours();
  await bare();
  const pairs: [number, number][] = [];
  for (let i = 0; i < rounds; i++) pairs.push([await time(ours), await time(bare)]);
  return {
    ours: median(pairs.map(([a]) => a)),
    bare: median(pairs.map(([, b]) => b)),
    ratio: median(pairs.map(([a, b]) => a / b)),
  };
}
