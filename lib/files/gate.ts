/** Lets so many pieces of work under the same key go on at a time, the others in the order in which they came. */
export class Gate {
  private readonly busy = new Map<string, { running: number; waiting: (() => void)[] }>();

  constructor(private readonly width: number) {}

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const lane = this.busy.get(key) ?? { running: 0, waiting: [] };
    this.busy.set(key, lane);
    if (lane.running < this.width) lane.running++;
    // Who ends hands on the place.
    else await new Promise<void>((resolve) => lane.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = lane.waiting.shift();
      if (next) next();
      else if (--lane.running === 0) this.busy.delete(key);
    }
  }
}
