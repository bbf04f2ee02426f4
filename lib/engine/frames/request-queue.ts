import { cancelledError } from "../../errors";

/**
 * What goes first: a frame whose features are there is finished before the next one is begun, and building a bank
 * comes last, so that it delays a frame by one piece at most.
 */
export type Priority = "finish" | "frame" | "build";
const ORDER: readonly Priority[] = ["finish", "frame", "build"];

/** What a waiting build gets of the time of frames that follow each other: where these never end, it would never, too. */
const SHARE = 0.25;

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
export class RequestQueue {
  private running = 0;
  private alone = 0;
  /** Frames on their way into this queue. */
  private expected = 0;
  /** Milliseconds that are a waiting build's of those that frames took. */
  private owed = 0;
  /** Whether a frame was begun last, and no piece of a build. */
  private frameWasLast = false;
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
      if (signal?.aborted) return reject(cancelledError());
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(piece), 1);
        reject(cancelledError());
      };
      const started = () => signal?.removeEventListener("abort", leave);
      const piece: Piece = { priority, batch: batch as Piece["batch"], input, resolve, reject, started };
      signal?.addEventListener("abort", leave, { once: true });
      this.waiting.push(piece);
      this.next();
    });
  }

  /**
   * A frame is on its way: no piece of a build begins from now on, which the frame would have to wait for beside the one
   * that is running.
   * @returns to be called when the frame is in the queue, or is not coming yet; what follows at once is waited for
   */
  expect(): () => void {
    this.expected++;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      setImmediate(() => {
        this.expected--;
        this.next();
      });
    };
  }

  private next(): void {
    while (this.running < this.width) {
      const pieces = this.take();
      if (pieces.length === 0) return;
      this.running++;
      void this.work(pieces).finally(() =>
        // Not before what follows from this piece could get in line: a frame's search would wait behind a build else.
        setImmediate(() => {
          this.running--;
          this.next();
        }),
      );
    }
  }

  private take(): Piece[] {
    const priority = this.turnOf();
    const first = this.waiting.find((piece) => piece.priority === priority);
    if (!first) return [];
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

  private turnOf(): Priority | undefined {
    const waits = (level: Priority) => this.waiting.some((piece) => piece.priority === level);
    const first = ORDER.find(waits);
    // Where frames pause, a build gets its turn by itself.
    if (!waits("frame") && this.expected === 0) this.owed = Math.min(0, this.owed);
    // Never between a frame's features and its search.
    if (first !== "finish" && this.owed > 0 && waits("build")) return "build";
    return first === "build" && this.expected > 0 ? undefined : first;
  }

  private async work(pieces: Piece[]): Promise<void> {
    const { priority } = pieces[0]!;
    const isOneMore =
      priority === "frame" && this.frameWasLast && this.waiting.some((each) => each.priority === "build");
    if (priority !== "finish") this.frameWasLast = priority === "frame";
    const start = performance.now();
    try {
      const outputs = await pieces[0]!.batch.run(pieces.map((piece) => piece.input));
      for (const [i, piece] of pieces.entries()) piece.resolve(outputs[i] as never);
    } catch (thrown) {
      for (const piece of pieces) piece.reject(thrown);
    }
    const took = performance.now() - start;
    if (isOneMore) this.owed += SHARE * took;
    else if (priority === "build") this.owed = Math.max(0, this.owed) - took;
  }
}
