import type { BackboneInfo } from "../backbone/backbone";
import type { PatchTokens } from "../backbone/patch-tokens";
import type { InputTensor } from "../backbone/preprocess";
import type { BackboneRequest } from "./requests/schemas";

/** How far a request is that takes its time. */
export interface BuildProgress {
  done: number;
  total: number;
  /** `download`: bytes of the backbone, which comes first where it is not there; `reduce`: patches of a coreset. */
  phase?: "download" | "reduce" | "made defects";
}

/** How the caller of one request hears of progress, and takes the request back. */
export interface Handling {
  onProgress: (progress: BuildProgress) => void;
  signal: AbortSignal;
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
