import { type ErrorCode, GoldenSampleError } from "../../errors";
import type { Session, SessionOptions, Tensor } from "../types";

/** What travels between a threaded session and its thread. Tensors are copied in, and handed over on the way out. */
export type ToThread =
  | { kind: "create"; model: string | Uint8Array; options: SessionOptions }
  | { kind: "run"; id: number; feeds: Readonly<Record<string, Tensor>>; fetches: readonly string[] | undefined }
  | { kind: "release" };

export type FromThread =
  | ({ kind: "created" } & Pick<Session, "device" | "inputs" | "outputs">)
  | { kind: "outputs"; id: number; outputs: Record<string, Tensor> }
  /** Without a number it is the session itself that could not be had. */
  | { kind: "failed"; id: number | undefined; message: string; code: ErrorCode | undefined };

export function toFailure(thrown: unknown): Pick<Extract<FromThread, { kind: "failed" }>, "message" | "code"> {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { message, code: thrown instanceof GoldenSampleError ? thrown.code : undefined };
}

export function fromFailure({ message, code }: Extract<FromThread, { kind: "failed" }>): Error {
  return code === undefined ? new Error(message) : new GoldenSampleError(code, message);
}
