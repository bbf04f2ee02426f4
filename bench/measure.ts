import { median } from "../lib/median";

/** Milliseconds that some work takes. */
export async function time(work: () => Promise<unknown>): Promise<number> {
  return (await timed(work)).wall;
}

export interface Timed {
  wall: number;
  /** Processor time of this process, all threads. */
  cpu: number;
}

export async function timed(work: () => Promise<unknown>): Promise<Timed> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wall: performance.now() - start, cpu: (user + system) / 1000 };
}

export interface Paired {
  /** Median milliseconds of the two. */
  ours: number;
  bare: number;
  /** Median of the ratios pair by pair, which holds when the machine's speed drifts. */
  ratio: number;
  /** The same of processor time, which holds when the machine does other work beside it. */
  cpuRatio: number;
}

/** Times two pieces of work in turn, after one round of warm-up. */
export async function pair(
  rounds: number,
  ours: () => Promise<unknown>,
  bare: () => Promise<unknown>,
): Promise<Paired> {
  await ours();
  await bare();
  const pairs: [Timed, Timed][] = [];
  for (let i = 0; i < rounds; i++) pairs.push([await timed(ours), await timed(bare)]);
  return comparison(pairs);
}

/** Medians of measurements made in turn. */
export function comparison(pairs: readonly (readonly [Timed, Timed])[]): Paired {
  return {
    ours: median(pairs.map(([a]) => a.wall)),
    bare: median(pairs.map(([, b]) => b.wall)),
    ratio: median(pairs.map(([a, b]) => a.wall / b.wall)),
    cpuRatio: median(pairs.map(([a, b]) => a.cpu / b.cpu)),
  };
}
