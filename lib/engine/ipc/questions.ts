import type { BackboneInfo } from "../../backbone/backbone";
import type { PatchTokens } from "../../backbone/patch-tokens";
import type { InputTensor } from "../../backbone/preprocess";
import type { BackboneRequest } from "../api";

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
