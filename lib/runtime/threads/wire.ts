import { type ErrorCode, GoldenSampleError } from "../../errors";
import { plain, type Sentence, textOf } from "../../sentence";
import type { RuntimeName, Session, SessionOptions, Tensor } from "../types";

/**
 * What travels between threaded sessions and their thread; `session` tells those that share one. Tensors are copied
 * in, and handed over on the way out.
 */
export type ToThread = { session: number } & (
  | { kind: "create"; model: string | Uint8Array; options: SessionOptions }
  | { kind: "run"; id: number; feeds: Readonly<Record<string, Tensor>>; fetches: readonly string[] | undefined }
  /** `last`: nothing comes after it. */
  | { kind: "release"; last: boolean }
);

export type FromThread = { session: number } & (
  | ({ kind: "created" } & Pick<Session, "device" | "inputs" | "outputs">)
  | { kind: "outputs"; id: number; outputs: Record<string, Tensor> }
  /** Without a number it is the session itself that could not be had. */
  | ({ kind: "failed"; id: number | undefined } & Failure)
);

/** What a thread is started with. */
export interface ThreadStart {
  runtime: RuntimeName;
}

interface Failure {
  message: string | Sentence;
  code: ErrorCode | undefined;
}

export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof GoldenSampleError) return { message: thrown.sentence ?? thrown.message, code: thrown.code };
  return { message: thrown instanceof Error ? thrown.message : String(thrown), code: undefined };
}

export function fromFailure({ message, code }: Failure): Error {
  return code === undefined
    ? new Error(textOf(message))
    : new GoldenSampleError(code, typeof message === "object" ? message : plain(message));
}
