import type { PatchTokens } from "../backbone/patch-tokens";
import { cancelledError } from "../errors";

interface Entry<T> {
  value: T;
  size: number;
  users: number;
}

/**
 * A map that forgets what was not used for longest once it is over its capacity, and nothing that somebody holds, which
 * would only be loaded a second time beside it: while all of it is held, it is larger. What is alone larger than the
 * capacity is kept all the same, alone.
 */
export class Lru<T> {
  private readonly entries = new Map<string, Entry<T>>();

  /**
   * @param capacity in the unit of the entries' sizes: bytes, or their number where each has the size 1
   * @param dropped told of what is forgotten, once nobody holds it
   */
  constructor(
    private readonly capacity: number,
    private readonly dropped: (value: T) => void = () => undefined,
  ) {}

  /** Of all entries together. */
  get size(): number {
    let sum = 0;
    for (const { size } of this.entries.values()) sum += size;
    return sum;
  }

  get(key: string): T | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: T, size = 1): void {
    this.delete(key);
    this.entries.set(key, { value, size, users: 0 });
    this.shrink(key);
  }

  /** An entry's size is known once it is loaded. It may have been forgotten, or replaced, by then. */
  resize(key: string, value: T, size: number): void {
    const entry = this.entries.get(key);
    if (entry?.value !== value) return;
    entry.size = size;
    this.shrink();
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

  /** Nobody finds it any more; what is held is dropped when it no longer is. @param value where only that one is meant */
  delete(key: string, value?: T): void {
    const entry = this.entries.get(key);
    if (entry === undefined || (value !== undefined && entry.value !== value)) return;
    this.entries.delete(key);
    if (entry.users === 0) this.dropped(entry.value);
  }

  /** @param newest is about to be used */
  private shrink(newest?: string): void {
    let excess = this.size - this.capacity;
    for (const [key, { size, users }] of this.entries) {
      if (excess <= 0 || this.entries.size === 1) return;
      if (users > 0 || key === newest) continue;
      this.delete(key);
      excess -= size;
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

/** What is kept of an image: its size in pixels and its tokens. */
export interface CachedImage {
  width: number;
  height: number;
  /** See `RgbImage`. */
  pages?: number | undefined;
  tokens: PatchTokens;
}

/** Bytes of tokens: some 340 images of a ViT-S/14 at 448 px. */
const BUDGET = 512 * 1024 * 1024;

/**
 * Tokens of images that will be asked for again: an evaluation scores the same images against many banks, and the
 * backbone is what takes its time. Who asks gives a name to what belongs together; another name drops it all. What no
 * longer fits is not kept: dropping the oldest instead would leave nothing for a reader that goes round and round.
 */
export class TokenCache {
  private name = "";
  private bytes = 0;
  private readonly images = new Map<string, CachedImage>();

  constructor(private readonly budget = BUDGET) {}

  get(name: string, key: string): CachedImage | undefined {
    return name === this.name ? this.images.get(key) : undefined;
  }

  put(name: string, key: string, { width, height, pages, tokens }: CachedImage): void {
    if (name !== this.name) {
      this.images.clear();
      this.bytes = 0;
      this.name = name;
    }
    const { byteLength } = tokens.data;
    if (this.bytes + byteLength > this.budget || this.images.has(key)) return;
    this.bytes += byteLength;
    this.images.set(key, { width, height, pages, tokens });
  }
}

/** One piece of work that several wait for. It is called off once all of them have left, not before. */
export class SharedWork<T> {
  private readonly abort = new AbortController();
  private readonly result: Promise<T>;
  private sharers = 0;
  private ended = false;
  /** Resolves if the work fails or is called off; otherwise never. */
  readonly failed: Promise<void>;

  constructor(start: (signal: AbortSignal) => Promise<T>) {
    this.result = start(this.abort.signal);
    this.failed = new Promise((resolve) => {
      this.result.then(
        () => (this.ended = true),
        () => resolve(),
      );
    });
  }

  /** All have left before it was done: who comes now has to begin anew. */
  get abandoned(): boolean {
    return this.abort.signal.aborted;
  }

  /** @throws {GoldenSampleError} CANCELLED where `signal` is aborted first; or what the work throws */
  async share(signal?: AbortSignal): Promise<T> {
    if (!signal) {
      this.sharers++;
      return this.result;
    }
    if (signal.aborted) throw cancelledError();
    this.sharers++;
    return new Promise<T>((resolve, reject) => {
      const leave = () => {
        this.sharers--;
        if (this.sharers === 0 && !this.ended) this.abort.abort();
        reject(cancelledError());
      };
      signal.addEventListener("abort", leave, { once: true });
      this.result.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
    });
  }
}
