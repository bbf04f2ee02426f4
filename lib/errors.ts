import { type PlainText, type Sentence, sentence } from "./sentence";

/** What went wrong, as a word that programs (Catch nodes, tests) can rely on. */
export type ErrorCode =
  | "BAD_REQUEST"
  | "BAD_IMAGE"
  | "BAD_BACKBONE"
  | "BAD_BANK"
  | "MODEL_UNAVAILABLE"
  | "BANK_NOT_BUILT"
  | "BANK_MISMATCH"
  | "BUSY"
  | "CANCELLED"
  | "DEFECT_PASSES"
  | "DEVICE_UNAVAILABLE"
  | "ENGINE_CLOSED"
  | "ENGINE_CRASHED"
  | "RUNTIME_UNAVAILABLE"
  | "TIMEOUT"
  | "INTERNAL";

/**
 * The only error that leaves lib/: one sentence that says what is wrong and what to do, and a stable code.
 * The message is shown to users as it stands, so it carries no stack, no newline and no library's own wording alone.
 */
export class GoldenSampleError extends Error {
  readonly code: ErrorCode;
  /** What other languages make the message from, where it has a key of its own. */
  readonly sentence?: Sentence;

  constructor(code: ErrorCode, message: Sentence | PlainText, options?: { cause?: unknown }) {
    super(("plain" in message ? message.plain : message.text).replace(/\s+/g, " ").trim(), options);
    this.name = "GoldenSampleError";
    this.code = code;
    if ("key" in message) this.sentence = message;
  }

  /** Node-RED shows users what an error turns into as text: the sentence, without the class before it. */
  override toString(): string {
    return this.message;
  }
}

/** Of work that whoever asked for it no longer waits for. */
export const cancelledError = () =>
  new GoldenSampleError("CANCELLED", sentence`[nobodyWaits] The request was cancelled: nobody waits for it any more.`);

/** @param deadline milliseconds that the frame had */
export function lateError(deadline: number): GoldenSampleError {
  return new GoldenSampleError(
    "TIMEOUT",
    sentence`[frameLate] The frame was not inspected within its deadline of ${{ deadline: Math.round(deadline) }} ms: allow more time, send fewer frames or choose a faster backbone.`,
  );
}

/** Turns anything thrown into a GoldenSampleError; `context` says what was being done ("The bank could not be read"). */
export function toGoldenSampleError(thrown: unknown, code: ErrorCode, context: Sentence): GoldenSampleError {
  if (thrown instanceof GoldenSampleError) return thrown;
  const why = firstSentence(thrown);
  return new GoldenSampleError(code, sentence`[failed] ${{ task: context }}: ${{ why }}`, { cause: thrown });
}

/** The first line of what a library said, short enough for a status or a log line. */
export function firstSentence(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const line = text.split("\n").find((part) => part.trim() !== "") ?? "unknown error";
  return line.trim().slice(0, 300);
}
