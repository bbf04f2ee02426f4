import { GoldenSampleError } from "../../errors";
import { sentence } from "../../sentence";

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
    if (signal.aborted) throw cancelled();
    this.sharers++;
    return new Promise<T>((resolve, reject) => {
      const leave = () => {
        this.sharers--;
        if (this.sharers === 0 && !this.ended) this.abort.abort();
        reject(cancelled());
      };
      signal.addEventListener("abort", leave, { once: true });
      this.result.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
    });
  }
}

const cancelled = () =>
  new GoldenSampleError("CANCELLED", sentence`[nobodyWaits] The request was cancelled: nobody waits for it any more.`);
