import type { z } from "zod";
import type { RuntimeFacts } from "../ipc/start";
import { type BackboneResponses, backboneRequests } from "./backbone";
import { type BankResponses, bankRequests } from "./bank";
import { type BatchResponses, batchRequests } from "./batch";
import { type BuildResponses, buildRequests } from "./build";
import { type CommissionResponses, commissionRequests } from "./commission";
import { type ExplainResponses, explainRequests } from "./explain";
import { type FeedbackResponses, feedbackRequests } from "./feedback";
import { type InspectResponses, inspectRequests } from "./inspect";
import { type MadeDefectResponses, madeDefectRequests } from "./made-defects";
import { type VersionResponses, versionRequests } from "./versions";

export type { RuntimeFacts } from "../ipc/start";
export * from "./backbone";
export * from "./bank";
export * from "./batch";
export * from "./build";
export * from "./commission";
export * from "./explain";
export * from "./feedback";
export * from "./guard";

export * from "./inspect";
export * from "./made-defects";
export * from "./mask";
export * from "./versions";

/**
 * What can be asked of the engine, and what it answers. Everything here crosses a process boundary, so it is plain
 * data: numbers, strings and Buffers. The schemas check what arrives at the engine; the types are theirs.
 */
export const requests = {
  ...backboneRequests,
  ...bankRequests,
  ...buildRequests,
  ...versionRequests,
  ...feedbackRequests,
  ...inspectRequests,
  ...explainRequests,
  ...batchRequests,
  ...madeDefectRequests,
  ...commissionRequests,
};

export type Requests = typeof requests;
/** As a caller writes it (defaults may be left out) and as the engine reads it. */
export type RequestInput<M extends keyof Requests> = z.input<Requests[M]>;
export type Request<M extends keyof Requests> = z.output<Requests[M]>;

export interface Responses
  extends BackboneResponses,
    BankResponses,
    BuildResponses,
    VersionResponses,
    FeedbackResponses,
    InspectResponses,
    ExplainResponses,
    BatchResponses,
    MadeDefectResponses,
    CommissionResponses {}

export type Method = keyof Requests & keyof Responses;

export interface BuildProgress {
  done: number;
  total: number;
  /** `download`: bytes of the backbone, which comes first where it is not there; `reduce`: patches of a coreset. */
  phase?: "download" | "reduce" | "made defects";
}

export interface CallOptions {
  /** Building reports after each step. */
  onProgress?: (progress: BuildProgress) => void;
  /** Aborting ends a build between two images, and a frame that waits; one in the backbone is let finish. */
  signal?: AbortSignal;
  /** Milliseconds from now after which the call fails with TIMEOUT, whatever the engine does. */
  deadline?: number;
}

/** `starting` until the process answers, `restarting` after a crash, `failed` once restarts are given up for a while. */
export type EngineState = "starting" | "ready" | "restarting" | "failed" | "closed";

/** The inference process as its users see it; shared by all of them. */
export interface Engine {
  call<M extends Method>(method: M, request: RequestInput<M>, options?: CallOptions): Promise<Responses[M]>;
  readonly state: EngineState;
  /** Known once the process was ready for the first time. */
  readonly runtime: RuntimeFacts | undefined;
  /** @returns a function that ends the listening */
  onState(listener: (state: EngineState, reason: string) => void): () => void;
  /** Gives up this user's share; the process ends some time after the last one did. */
  release(): void;
}
