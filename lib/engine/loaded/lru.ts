interface Entry<T> {
  value: T;
  users: number;
}

/**
 * A map that forgets what was not used for longest, and nothing that somebody holds: while all of it is held, it is
 * larger than its capacity.
 */
export class Lru<T> {
  private readonly entries = new Map<string, Entry<T>>();

  constructor(
    private readonly capacity: number,
    private readonly dropped: (value: T) => void = () => undefined,
  ) {}

  get(key: string): T | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: T): void {
    this.delete(key);
    this.entries.set(key, { value, users: 0 });
    this.shrink(key);
  }

  /** @returns to be called once, when it is not used any more */
  hold(key: string): () => void {
    const entry = this.entries.get(key);
    if (!entry) return () => undefined;
    entry.users++;
    return () => {
      entry.users--;
      if (entry.users > 0) return;
      if (this.entries.get(key) === entry) this.shrink();
      else this.dropped(entry.value);
    };
  }

  /** Nobody finds it any more; what is held is dropped when it no longer is. */
  delete(key: string): void {
    const entry = this.entries.get(key);
    if (entry === undefined) return;
    this.entries.delete(key);
    if (entry.users === 0) this.dropped(entry.value);
  }

  /** @param newest is about to be used */
  private shrink(newest?: string): void {
    for (const [key, { users }] of this.entries) {
      if (this.entries.size <= this.capacity) return;
      if (users === 0 && key !== newest) this.delete(key);
    }
  }
}

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
