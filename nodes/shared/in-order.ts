import { GoldenSampleError } from "../../lib";

/** Frames that may wait in one node; Node-RED itself queues without limit. */
const LIMIT = 64;

/** Works on a few frames at a time and gives their results back in the order in which the frames came. */
export class InOrder {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private last: Promise<unknown> = Promise.resolve();

  /** @param parallel 2 lets the engine prepare one frame while it infers another; 1 is one after the other */
  constructor(private readonly parallel: number) {}

  /** @throws {GoldenSampleError} BUSY where too many frames are waiting already */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.waiting.length >= LIMIT) {
      throw new GoldenSampleError(
        "BUSY",
        `The camera is faster than the inspection: ${LIMIT} frames are waiting, this one was dropped; send fewer frames.`,
      );
    }
    const result = this.slot()
      .then(work)
      .finally(() => this.free());
    // Looked at only once the frames before it are done, which may be after it failed.
    result.catch(() => undefined);
    const ordered = this.last.then(() => result);
    this.last = ordered.catch(() => undefined);
    return ordered;
  }

  private slot(): Promise<void> {
    if (this.running < this.parallel) {
      this.running++;
      return Promise.resolve();
    }
    return new Promise((start) => this.waiting.push(start));
  }

  private free(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running--;
  }
}
