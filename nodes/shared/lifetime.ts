/** A node's life: everything it holds is let go when it closes, and what comes back later finds `closed` true. */
export class Lifetime {
  private readonly abort = new AbortController();
  private readonly held: (() => unknown)[] = [];

  get closed(): boolean {
    return this.abort.signal.aborted;
  }

  /** Aborted when the node closes. */
  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** @param release called once, when the node closes; at once if it has. A promise is waited for */
  hold(release: () => unknown): void {
    if (this.closed) release();
    else this.held.push(release);
  }

  /** Lets everything go at once. @returns when what takes longer has ended, too */
  async close(): Promise<void> {
    if (this.closed) return;
    this.abort.abort();
    await Promise.all(
      this.held
        .splice(0)
        .reverse()
        .map((release) => release()),
    );
  }
}
