import { GoldenSampleError, toGoldenSampleError } from "../../errors";
import type { Answers } from "./questions";
import { type Question, type ToEngine, toWire } from "./wire";

/** @param answers absent: the call that it is asked for has ended */
export async function answerQuestion(
  { number, question, request }: Question,
  answers: Answers | undefined,
): Promise<ToEngine> {
  try {
    if (!answers) throw new GoldenSampleError("CANCELLED", "The request has ended already.");
    const answer = answers[question] as (request: Question["request"]) => Promise<never>;
    return { kind: "answer", number, answer: await answer(request) };
  } catch (thrown) {
    const error = toGoldenSampleError(thrown, "INTERNAL", "The engine failed at what the trainer asked");
    return { kind: "no answer", number, error: toWire(error) };
  }
}
