/** What one request uses of the loaded things: none of it is unloaded before the request ends. */
export class Holds {
  private readonly ends: (() => void)[] = [];

  /** @param end gives up the use of one thing */
  add(end: () => void): void {
    this.ends.push(end);
  }

  release(): void {
    for (const end of this.ends.splice(0)) end();
  }
}
