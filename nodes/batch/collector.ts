import { GoldenSampleError, sentence } from "../../lib";

export interface CollectorOptions<T, R> {
  /** Items of a batch. */
  size: number;
  /** Items held at a time, waiting or being worked on; a further one is refused. */
  limit: number;
  /** Bytes of them, likewise. */
  bytes: number;
  /** Milliseconds without an item after which a batch is taken as it is; 0: never. */
  patience: number;
  /**
   * @param waited milliseconds since the batch was complete: others may have come before it
   * @returns a result or an error for each item, in their order
   */
  work: (items: T[], waited: number) => Promise<(R | Error)[]>;
  /** The number of waiting items changed. */
  onChange: (waiting: number) => void;
}

interface Waiting<T, R> {
  item: T;
  bytes: number;
  resolve: (result: R) => void;
  reject: (reason: unknown) => void;
}

/** Gathers items into batches and works on one batch after the other. Every item is answered, with a result or an error. */
export class Collector<T, R> {
  private waiting: Waiting<T, R>[] = [];
  private held = 0;
  private heldBytes = 0;
  private last: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: CollectorOptions<T, R>) {}

  /**
   * @param bytes that the item takes in memory
   * @returns its result, once its batch is done
   * @throws {GoldenSampleError} BUSY where too many are held, BAD_REQUEST where its batch stays alone, or what `work` throws
   */
  add(item: T, bytes: number): Promise<R> {
    const { limit, bytes: most, size } = this.options;
    if (this.held >= limit || this.heldBytes + bytes > most) {
      return Promise.reject(
        new GoldenSampleError(
          "BUSY",
          sentence`[batchHeld] ${{ frames: this.held }} frames are held already, as many as fit: send fewer, or make smaller batches.`,
        ),
      );
    }
    this.held++;
    this.heldBytes += bytes;
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, bytes, resolve, reject });
      this.options.onChange(this.waiting.length);
      if (this.waiting.length >= size) this.complete();
      else this.wait();
    });
  }

  /** Takes what is waiting as a batch. */
  complete(): void {
    clearTimeout(this.timer);
    const batch = this.waiting;
    if (batch.length === 0) return;
    this.waiting = [];
    const complete = performance.now();
    this.last = this.last.then(() => this.process(batch, complete));
  }

  /** Forgets everything; what was waiting is for the caller to answer. */
  close(): void {
    clearTimeout(this.timer);
    this.waiting = [];
  }

  private wait(): void {
    clearTimeout(this.timer);
    const { patience } = this.options;
    if (patience > 0) this.timer = setTimeout(() => this.complete(), patience);
  }

  private async process(batch: Waiting<T, R>[], complete: number): Promise<void> {
    try {
      if (batch.length < 2) throw alone();
      const items = batch.map(({ item }) => item);
      const results = await this.options.work(items, performance.now() - complete);
      for (const [i, { resolve, reject }] of batch.entries()) {
        const result = results[i]!;
        if (result instanceof Error) reject(result);
        else resolve(result);
      }
    } catch (thrown) {
      for (const { reject } of batch) reject(thrown);
    } finally {
      this.held -= batch.length;
      this.heldBytes -= batch.reduce((sum, { bytes }) => sum + bytes, 0);
    }
  }
}

const alone = () =>
  new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[batchOfOne] The batch has one frame only, and there is nothing to compare it with: send at least two before it ends.`,
  );
