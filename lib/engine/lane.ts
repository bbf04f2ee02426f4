/** Frames go before building, so that a bank being built delays inspection by one image at most. */
export type Priority = "frame" | "build";

interface Waiting {
  priority: Priority;
  start: () => void;
}

/** Lets one piece of work at a time (or `width`) through to the device, frames first, otherwise in the order of arrival. */
export class Lane {
  private running = 0;
  private readonly waiting: Waiting[] = [];

  constructor(private readonly width = 1) {}

  async run<T>(priority: Priority, work: () => Promise<T>): Promise<T> {
    if (this.running >= this.width) await new Promise<void>((start) => this.waiting.push({ priority, start }));
    else this.running++;
    try {
      return await work();
    } finally {
      this.next();
    }
  }

  private next(): void {
    const frame = this.waiting.findIndex((item) => item.priority === "frame");
    const [chosen] = this.waiting.splice(Math.max(0, frame), 1);
    // The place is handed over, or a newcomer could slip in between.
    if (chosen) chosen.start();
    else this.running--;
  }
}

/** Runs work under the same key one after the other: a bank's files are changed by one request at a time. */
export class KeyedQueue {
  private readonly tails = new Map<string, Promise<unknown>>();

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key) ?? Promise.resolve();
    const result = before.then(work, work);
    const tail = result.catch(() => undefined);
    this.tails.set(key, tail);
    try {
      return await result;
    } finally {
      if (this.tails.get(key) === tail) this.tails.delete(key);
    }
  }
}
