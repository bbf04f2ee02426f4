import { GoldenSampleError, lateError, sentence } from "../../lib";

/** What becomes of a frame that comes while the inbox is full. */
export const POLICIES = ["newest", "oldest", "block"] as const;
/**
 * `newest`: the frame that has waited longest is dropped, so that what is looked at is never old; `oldest`: the new
 * one is refused; `block`: none is, the inbox grows.
 */
export type Policy = (typeof POLICIES)[number];

export interface InboxOptions {
  policy: Policy;
  /** Frames that may wait, beside those that are being worked on; without meaning for `block`. */
  size: number;
  /** Frames worked on at a time: the engine prepares one while it infers another. */
  parallel: number;
}

/** A result on its way out. */
export interface Taken<T> {
  value: T;
  /** Milliseconds from arrival to here that nobody worked on this frame. */
  waited: number;
}

interface Waiting {
  start: () => void;
  drop: (error: GoldenSampleError) => void;
}

/**
 * Node-RED hands messages over without end; this is where a node keeps them. Results and failures come out in the
 * order in which the frames came. Those that are dropped, or late, come out at once.
 */
export class Inbox {
  /** Frames dropped so far. */
  dropped = 0;
  private running = 0;
  private readonly waiting: Waiting[] = [];
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: InboxOptions) {}

  /**
   * @param work begins when it is the frame's turn; its argument: the milliseconds that are left, where there is a
   *   deadline
   * @param deadline milliseconds from now by which the result has to be out; 0: none
   * @throws {GoldenSampleError} BUSY where the frame was dropped, TIMEOUT at the deadline, or what `work` throws
   */
  run<T>(work: (left: number | undefined) => Promise<T>, deadline = 0): Promise<Taken<T>> {
    const arrival = performance.now();
    const before = this.last;
    return new Promise((resolve, reject) => {
      const ended = deferredPromise();
      this.last = before.then(() => ended.promise);
      const end = () => {
        clearTimeout(timer);
        ended.resolve();
      };
      const fail = (thrown: unknown) => {
        this.forget(frame);
        reject(thrown);
        end();
      };
      const start = async () => {
        const begun = performance.now();
        try {
          const value = await work(deadline > 0 ? Math.max(1, deadline - (begun - arrival)) : undefined);
          const worked = performance.now() - begun;
          this.free();
          await before;
          // A timer is a millisecond late at best, and a result may come first.
          if (deadline > 0 && performance.now() - arrival > deadline) return fail(lateError(deadline));
          resolve({ value, waited: performance.now() - arrival - worked });
          end();
        } catch (thrown) {
          this.free();
          await before;
          fail(thrown);
        }
      };
      const frame: Waiting = { start: () => void start(), drop: fail };
      const timer = deadline > 0 ? setTimeout(() => fail(lateError(deadline)), deadline) : undefined;
      this.admit(frame);
    });
  }

  private admit(frame: Waiting): void {
    const { policy, size, parallel } = this.options;
    if (this.running < parallel) {
      this.running++;
      frame.start();
    } else if (policy === "block" || this.waiting.length < size) {
      this.waiting.push(frame);
    } else {
      this.dropped++;
      if (policy === "newest") this.waiting.push(frame);
      const dropped = policy === "newest" ? this.waiting.shift() : frame;
      dropped?.drop(tooMany(size, policy));
    }
  }

  private forget(frame: Waiting): void {
    const at = this.waiting.indexOf(frame);
    if (at !== -1) this.waiting.splice(at, 1);
  }

  private free(): void {
    const next = this.waiting.shift();
    // The place is handed over.
    if (next) next.start();
    else this.running--;
  }
}

function deferredPromise(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

const tooMany = (size: number, policy: Policy) =>
  new GoldenSampleError(
    "BUSY",
    policy === "newest"
      ? sentence`[oldestDropped] The camera is faster than the inspection: ${{ frames: size }} frames were waiting and the oldest of them was dropped; send fewer frames or choose a faster backbone.`
      : sentence`[newestDropped] The camera is faster than the inspection: ${{ frames: size }} frames were waiting and this one was dropped; send fewer frames or choose a faster backbone.`,
  );
