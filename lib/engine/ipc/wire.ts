import { z } from "zod";
import { type ErrorCode, GoldenSampleError, toGoldenSampleError } from "../../errors";
import { RUNTIMES } from "../../runtime/types";
import { plain, type Sentence, sentence } from "../../sentence";
import type { Verdict } from "../devices/probe";
import type { Method, RequestInput, Responses, RuntimeFacts } from "../requests";
import type { Answers, Questions } from "../requests/request";
import type { BuildProgress } from "../requests/schemas";

/** What an engine process is started with; one argument, as JSON. */
export const engineStart = z.object({
  runtime: z.enum(RUNTIMES).default("auto"),
  /** Why the native runtime is not to be tried; see Restarts. */
  crashed: z.custom<Sentence>().optional(),
  /** What the self-tests of devices said in earlier processes. */
  verdicts: z.record(z.string(), z.custom<Verdict>()).default({}),
});
export type EngineStart = z.input<typeof engineStart>;

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

/** Milliseconds between two signs of life of the engine process, and between two looks for them. */
export const BEAT = 1000;

/** An error's class does not survive the trip. */
export interface WireError {
  code: ErrorCode;
  message: string;
  sentence?: Sentence;
}

export const toWire = ({ code, message, sentence: said }: GoldenSampleError): WireError => ({
  code,
  message,
  ...(said && { sentence: said }),
});
export const fromWire = ({ code, message, sentence: said }: WireError) =>
  new GoldenSampleError(code, said ?? plain(message));

/**
 * Has the trainer's question answered.
 * @param answers absent: the call that it is asked for has ended
 */
export async function answerQuestion(
  { number, question, request }: Question,
  answers: Answers | undefined,
): Promise<ToEngine> {
  try {
    if (!answers) throw new GoldenSampleError("CANCELLED", sentence`[requestEnded] The request has ended already.`);
    const answer = answers[question] as (request: Question["request"]) => Promise<never>;
    return { kind: "answer", number, answer: await answer(request) };
  } catch (thrown) {
    const error = toGoldenSampleError(
      thrown,
      "INTERNAL",
      sentence`[engineFailedTrainer] The engine failed at what the trainer asked`,
    );
    return { kind: "no answer", number, error: toWire(error) };
  }
}
