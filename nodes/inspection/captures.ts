import { GoldenSampleError, sentence } from "../../lib";
import { type ComingFrame, hearFrames } from "../shared/frame-news";
import type { Runtime } from "../shared/node-red";
import { LIMITS } from "./limits";
import { bytesOf } from "./part";

export interface CapturedFrame extends ComingFrame {
  number: number;
  /** Milliseconds since 1970. */
  time: number;
}

/** The next frames of one bank, until somebody has said of each what it is. */
class Capture {
  readonly frames: CapturedFrame[] = [];
  private readonly seen = new Set<string>();
  private readonly stop: () => void;
  private timer: NodeJS.Timeout | undefined;
  private bytes = 0;

  /** @param numbered gives the next frame its number @param forgotten called when nobody has looked for a while */
  constructor(
    RED: Runtime,
    bank: string,
    readonly wanted: number,
    private readonly patience: number,
    private readonly numbered: () => number,
    private readonly forgotten: () => void,
  ) {
    this.stop = hearFrames(RED, bank, (frame) => this.take(frame));
    this.look();
  }

  /** Whether no further frame is taken: there are as many as were wanted, or as many bytes as may be kept. */
  get isComplete(): boolean {
    return this.seen.size >= this.wanted || this.bytes > LIMITS.captureBytes;
  }

  look(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.forgotten, this.patience);
    this.timer.unref();
  }

  remove(number: number): void {
    const index = this.frames.findIndex((frame) => frame.number === number);
    if (index !== -1) this.frames.splice(index, 1);
  }

  close(): void {
    clearTimeout(this.timer);
    this.stop();
    this.frames.length = 0;
  }

  private take(frame: ComingFrame): void {
    // A mask node's frame comes again, with its mask, and one that was no reference goes on to be scored.
    if (frame.at === "mask" || this.seen.has(frame.message) || this.isComplete) return;
    this.seen.add(frame.message);
    this.bytes += bytesOf(frame.image);
    this.frames.push({ ...frame, number: this.numbered(), time: Date.now() });
    if (this.isComplete) this.stop();
  }
}

/** Frames that are captured from the line to become references. Nothing is kept where nobody looks. */
export class Captures {
  private readonly open = new Map<string, Capture>();
  /** Given once: where a capture is begun anew elsewhere, nobody accepts its frame for the one that is seen. */
  private last = 0;

  /** @param patience milliseconds after which nobody is taken to be looking any more */
  constructor(
    private readonly RED: Runtime,
    private readonly patience: number = LIMITS.looking,
  ) {}

  /** @param bank the id of its node @param count 0 ends what is under way */
  begin(bank: string, count: number): void {
    this.end(bank);
    if (count === 0) return;
    const numbered = () => ++this.last;
    this.open.set(bank, new Capture(this.RED, bank, count, this.patience, numbered, () => this.end(bank)));
  }

  /** Somebody looks at it. */
  look(bank: string): { wanted: number; isComplete: boolean; frames: readonly CapturedFrame[] } | undefined {
    const capture = this.open.get(bank);
    capture?.look();
    return capture;
  }

  /** @throws {GoldenSampleError} BAD_REQUEST where it is not kept any more */
  frame(bank: string, number: string | undefined): CapturedFrame {
    const found = this.look(bank)?.frames.find((frame) => frame.number === Number(number));
    if (found) return found;
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[captureGone] The captured frame is not kept any more: capture frames again.`,
    );
  }

  remove(bank: string, number: number): void {
    this.open.get(bank)?.remove(number);
  }

  private end(bank: string): void {
    this.open.get(bank)?.close();
    this.open.delete(bank);
  }
}
