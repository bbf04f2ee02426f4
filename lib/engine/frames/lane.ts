import { GoldenSampleError } from "../../errors";

/**
 * What goes first: a frame whose features are there is finished before the next one is begun, and building a bank
 * comes last, so that it delays inspection by one step at most.
 */
export type Priority = "finish" | "frame" | "build";
const ORDER: readonly Priority[] = ["finish", "frame", "build"];

/** How pieces of work are done, and which of them in one go. */
export interface Batch<I, O> {
  /** Pieces of the same key and priority may go together: the same model, the same shape. */
  key: string;
  /** Most pieces in one go; asked when the turn has come. */
  most: () => number;
  /** @returns one output an input, in their order */
  run: (inputs: I[]) => Promise<O[]>;
}

interface Piece {
  priority: Priority;
  batch: Batch<unknown, unknown>;
  input: unknown;
  resolve: (output: never) => void;
  reject: (thrown: unknown) => void;
  started: () => void;
}

/**
 * The queue of one device. Lets one piece of work at a time (or `width`) through, by priority, otherwise in the order
 * of arrival. What is waiting when a turn comes and may go together does so; nothing ever waits for company.
 */
export class Lane {
  private running = 0;
  private alone = 0;
  private readonly waiting: Piece[] = [];

  constructor(private readonly width = 1) {}

  /** @throws {GoldenSampleError} CANCELLED where the signal was aborted before the turn came; or what `work` throws */
  run<T>(priority: Priority, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const batch = { key: `alone ${this.alone++}`, most: () => 1, run: async () => [await work()] };
    return this.together(priority, undefined, batch, signal);
  }

  /** As `run`, in one go with what else is waiting under the same key. */
  together<I, O>(priority: Priority, input: I, batch: Batch<I, O>, signal?: AbortSignal): Promise<O> {
    return new Promise<O>((resolve, reject) => {
      if (signal?.aborted) return reject(cancelled());
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(piece), 1);
        reject(cancelled());
      };
      const started = () => signal?.removeEventListener("abort", leave);
      const piece: Piece = { priority, batch: batch as Piece["batch"], input, resolve, reject, started };
      signal?.addEventListener("abort", leave, { once: true });
      this.waiting.push(piece);
      this.next();
    });
  }

  private next(): void {
    while (this.running < this.width && this.waiting.length > 0) {
      this.running++;
      void this.work(this.take()).finally(() =>
        // Not before what follows from this piece could get in line: a frame's search would wait behind a build else.
        setImmediate(() => {
          this.running--;
          this.next();
        }),
      );
    }
  }

  private take(): Piece[] {
    const priority = ORDER.find((level) => this.waiting.some((piece) => piece.priority === level));
    const first = this.waiting.find((piece) => piece.priority === priority)!;
    const most = first.batch.most();
    const taken = this.waiting
      .filter((piece) => piece.priority === priority && piece.batch.key === first.batch.key)
      .slice(0, most);
    for (const piece of taken) {
      this.waiting.splice(this.waiting.indexOf(piece), 1);
      piece.started();
    }
    return taken;
  }

  private async work(pieces: Piece[]): Promise<void> {
    try {
      const outputs = await pieces[0]!.batch.run(pieces.map((piece) => piece.input));
      for (const [i, piece] of pieces.entries()) piece.resolve(outputs[i] as never);
    } catch (thrown) {
      for (const piece of pieces) piece.reject(thrown);
    }
  }
}

const cancelled = () => new GoldenSampleError("CANCELLED", "The request was cancelled: nobody waits for it any more.");
