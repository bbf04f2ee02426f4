/** A node's life: everything it holds is let go when it closes, and what comes back later finds `closed` true. */
export class Lifetime {
  private readonly abort = new AbortController();
  private readonly held: (() => void)[] = [];

  get closed(): boolean {
    return this.abort.signal.aborted;
  }

  /** Aborted when the node closes. */
  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** @param release called once, when the node closes; at once if it has */
  hold(release: () => void): void {
    if (this.closed) release();
    else this.held.push(release);
  }

  close(): void {
    if (this.closed) return;
    this.abort.abort();
    for (const release of this.held.splice(0).reverse()) release();
  }
}
