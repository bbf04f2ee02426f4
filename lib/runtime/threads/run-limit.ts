/** Milliseconds for the first run of a size: nobody knows yet how long one takes, and some devices compile then. */
const FIRST = 300_000;
/** Beyond the longest run of that size, by this factor, no machine is merely slow. */
const FACTOR = 20;
const LEAST = 20_000;

/** Notices a run that does not come back (a driver that hangs): by how long the runs before it took. */
export class RunLimit {
  private readonly longest = new Map<number, number>();

  /** @param onStuck told once, why */
  constructor(
    private readonly onStuck: (why: string) => void,
    private readonly limits = { first: FIRST, least: LEAST, factor: FACTOR },
  ) {}

  /**
   * @param size bytes put in: what tells runs of a like duration
   * @returns a function to call once the run came back
   */
  begin(size: number): () => void {
    const { first, least, factor } = this.limits;
    const known = this.longest.get(size);
    const limit = known === undefined ? first : Math.max(least, factor * known);
    const start = performance.now();
    const timer = setTimeout(
      () => this.onStuck(`the backbone has not come back from a run within ${Math.round(limit / 1000)} s`),
      limit,
    );
    timer.unref();
    return () => {
      clearTimeout(timer);
      this.longest.set(size, Math.max(known ?? 0, performance.now() - start));
    };
  }
}
