import { join } from "node:path";
import { memoryBudget } from "../runtime/memory-plan";
import type { RuntimeName } from "../runtime/types";
import { sentence } from "../sentence";
import type { Request, Responses, Trained } from "./requests";
import type { Answers, CallOptions } from "./requests/request";
import { EngineClient } from "./supervisor/client";

/** Below the process of the frames: on a full machine it gets two fifths of the time that they get. */
const NICENESS = 4;
/** Milliseconds without a request after which the process is ended; sooner where memory is counted. */
const IDLE = { usual: 30_000, withBudget: 3_000 };
/**
 * Its loops are plain ones, in which it gives no sign of life: the longest of a bank of a million patches takes a minute
 * on a machine with much else to do.
 */
const SILENCE = 600_000;

/**
 * The trainer: a process of its own that is started with the first request for it. It has no models: it asks this
 * process for tokens. Should it end, its calls are sent to another one, once; frames go on in any case.
 */
export class TrainerProcess {
  private readonly client: EngineClient;

  /** @param runtime that this process has loaded */
  constructor(runtime: RuntimeName) {
    this.client = new EngineClient({
      runtime,
      program: {
        script: join(__dirname, "..", "train", "server.js"),
        name: sentence`[trainingProcess] training process`,
        niceness: NICENESS,
        heap: "trainerHeap",
      },
      idle: memoryBudget() === undefined ? IDLE.usual : IDLE.withBudget,
      silence: SILENCE,
    });
  }

  /**
   * @param answers to what it asks of this process meanwhile
   * @throws {GoldenSampleError} CANCELLED, ENGINE_CRASHED, or what the trainer answers
   */
  call<M extends Trained>(
    method: M,
    request: Request<M>,
    options: Omit<CallOptions, "deadline">,
    answers: Answers,
  ): Promise<Responses[M]> {
    return this.client.call(method, request as never, { ...options, answers });
  }

  /** For diagnosis and tests. */
  get pid(): number | undefined {
    return this.client.pid;
  }

  /** Ends the process at once: nobody is left whom it could answer. */
  end(): void {
    this.client.kill();
  }
}
