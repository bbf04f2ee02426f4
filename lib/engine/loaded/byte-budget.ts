interface Entry<T> {
  value: T;
  bytes: number;
  users: number;
}

/**
 * A map that forgets what was not used for longest, once all of it together is larger than the budget; but nothing that
 * somebody holds, which would only be loaded a second time beside it.
 */
export class ByteBudget<T> {
  private readonly entries = new Map<string, Entry<T>>();

  constructor(private readonly budget: number) {}

  /** Of all entries together. */
  get bytes(): number {
    let sum = 0;
    for (const entry of this.entries.values()) sum += entry.bytes;
    return sum;
  }

  get(key: string): T | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value;
  }

  /** What is alone larger than the budget is kept all the same, alone. */
  set(key: string, value: T, bytes: number): void {
    this.entries.delete(key);
    this.entries.set(key, { value, bytes, users: 0 });
    this.shrink(key);
  }

  /** @returns to be called once, when it is not used any more */
  hold(key: string): () => void {
    const entry = this.entries.get(key);
    if (!entry) return () => undefined;
    entry.users++;
    return () => {
      entry.users--;
      this.shrink();
    };
  }

  /** An entry's size is known once it is loaded. It may have been forgotten, or replaced, by then. */
  resize(key: string, value: T, bytes: number): void {
    const entry = this.entries.get(key);
    if (entry?.value !== value) return;
    entry.bytes = bytes;
    this.shrink();
  }

  delete(key: string, value: T): void {
    if (this.entries.get(key)?.value === value) this.entries.delete(key);
  }

  /** @param newest is about to be used */
  private shrink(newest?: string): void {
    let excess = this.bytes - this.budget;
    for (const [key, { bytes, users }] of this.entries) {
      if (excess <= 0 || this.entries.size === 1) return;
      if (users > 0 || key === newest) continue;
      this.entries.delete(key);
      excess -= bytes;
    }
  }
}
