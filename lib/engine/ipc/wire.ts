import { type ErrorCode, GoldenSampleError } from "../../errors";
import type { BuildProgress, Method, RequestInput, Responses } from "../api";
import type { Verdict } from "../devices/probe";
import type { Questions } from "./questions";
import type { RuntimeFacts } from "./start";

/** What travels between a process and the one that supervises it, over Node's IPC with structured cloning. */
export type ToEngine =
  | { [M in Method]: { kind: "call"; id: number; method: M; request: RequestInput<M> } }[Method]
  | { kind: "cancel"; id: number }
  | { kind: "answer"; number: number; answer: Questions[keyof Questions]["answer"] }
  | { kind: "no answer"; number: number; error: WireError };

export type Question = {
  [Q in keyof Questions]: {
    kind: "question";
    id: number;
    number: number;
    question: Q;
    request: Questions[Q]["request"];
  };
}[keyof Questions];

export type FromEngine =
  | { kind: "ready"; runtime: RuntimeFacts }
  /** The self-test of a device; the next process is told. */
  | { kind: "verdict"; key: string; verdict: Verdict }
  /** A sign of life. */
  | { kind: "beat" }
  | { kind: "unavailable"; error: WireError }
  | { kind: "progress"; id: number; progress: BuildProgress }
  /** Of a trainer, on behalf of the call `id`. */
  | Question
  | { kind: "result"; id: number; result: Responses[Method] }
  | { kind: "error"; id: number; error: WireError };

/** An error's class does not survive the trip. */
export interface WireError {
  code: ErrorCode;
  message: string;
}

export const toWire = ({ code, message }: GoldenSampleError): WireError => ({ code, message });
export const fromWire = ({ code, message }: WireError) => new GoldenSampleError(code, message);
