import type { z } from "zod";
import type { Backbone, BackboneInfo } from "../../backbone/backbone";
import type { PatchTokens } from "../../backbone/patch-tokens";
import type { InputTensor } from "../../backbone/preprocess";
import type { OpenImages } from "../../image/open-images";
import type { FrameReader } from "../frames/frame";
import type { ScoreTools } from "../frames/score-frame";
import type { Backbones } from "../loaded/backbones";
import type { Banks } from "../loaded/banks";
import type { BackboneRequest, BuildProgress } from "./schemas";

/** How the caller of one request hears of progress, and takes the request back. */
export interface Handling {
  onProgress: (progress: BuildProgress) => void;
  signal: AbortSignal;
}

/** The same in the trainer, with who answers its questions. */
export interface CallHandling extends Handling {
  ask: Ask;
}

export interface CallOptions {
  /** Building reports after each step. */
  onProgress?: (progress: BuildProgress) => void;
  /** Aborting ends a build between two images, and a frame that waits; one in the backbone is let finish. */
  signal?: AbortSignal;
  /** Milliseconds from now after which the call fails with TIMEOUT, whatever the engine does. */
  deadline?: number;
}

/** What the trainer asks of the inspecting process on behalf of one of its calls, and what it is answered. */
export interface Questions {
  /** Loads a backbone, which stays loaded until the call ends. */
  backbone: { request: BackboneRequest; answer: BackboneInfo };
  /** One run of it, in the queue of its device, behind all frames. */
  features: { request: { backbone: BackboneRequest; input: InputTensor }; answer: PatchTokens };
  /** Reads a bank and makes it ready, so that no frame waits for that once it is in use. */
  openBank: { request: { file: string }; answer: undefined };
}

export type Ask = <Q extends keyof Questions>(
  question: Q,
  request: Questions[Q]["request"],
) => Promise<Questions[Q]["answer"]>;

/** The other side. */
export type Answers = {
  [Q in keyof Questions]: (request: Questions[Q]["request"]) => Promise<Questions[Q]["answer"]>;
};

/** What all answers share: the loaded models and banks, the tools that work on them, and the process that learns. */
export interface EngineContext {
  tools: ScoreTools & { frames: FrameReader };
  backbones: Backbones;
  banks: Banks;
  images: OpenImages;
  trainer: {
    /** @param answers to what it asks of this process meanwhile */
    call(method: string, request: object, handling: Handling, answers: Answers): Promise<unknown>;
  };
}

/**
 * One thing that can be asked of the engine. All of it crosses a process boundary, so it is plain data: numbers, strings
 * and Buffers.
 */
export interface Definition<S extends z.ZodType, A, P extends "engine" | "trainer"> {
  /** What is asked, checked by the caller's process and by the one that answers. */
  schema: S;
  /** `trainer`: its answer is in `lib/train/handlers`, for it learns, or compares what was learnt. */
  process?: P;
  /** Answered soon, so that others can wait while one of them is tried alone after a crash. */
  isShort?: boolean;
  /** Done twice it is something else: not sent again after a crash, in which it may have been done. */
  isOnce?: boolean;
  /** Runs in the engine process; what it uses stays loaded until it has ended. */
  answer: (request: z.output<S>, context: EngineContext, handling: Handling) => Promise<A>;
}

/** Takes the types of a request from its schema and its answer; to be entered in `requests` (`index.ts`). */
export function request<S extends z.ZodType, A, const P extends "engine" | "trainer" = "engine">(
  definition: Definition<S, A, P>,
): Definition<S, A, P> {
  return definition;
}

/** The answer to what is the trainer's to do: handed on to it, and its questions answered meanwhile. */
export function handedOn<A extends object>(method: string) {
  return (wanted: object, context: EngineContext, handling: Handling): Promise<A> =>
    context.trainer.call(method, wanted, handling, answersOf(context, handling)) as Promise<A>;
}

function answersOf({ tools, backbones, banks }: EngineContext, { onProgress }: Handling): Answers {
  const loaded = new Map<string, Promise<Backbone>>();
  /** The same throughout a call, and without a look at the model's files for each image. */
  const backboneOf = (spec: BackboneRequest): Promise<Backbone> => {
    const key = JSON.stringify(spec);
    const backbone = loaded.get(key) ?? backbones.get(spec, onProgress);
    loaded.set(key, backbone);
    return backbone;
  };
  return {
    async backbone(spec) {
      return (await backboneOf(spec)).info;
    },
    async features({ backbone, input }) {
      return tools.queues.features(await backboneOf(backbone), input, "build");
    },
    async openBank({ file }) {
      await banks.open({ file }, { inTurn: tools.queues.inTurn });
    },
  };
}
