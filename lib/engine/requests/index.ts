import type { z } from "zod";
import { GoldenSampleError } from "../../errors";
import type { RuntimeName } from "../../runtime/types";
import { type Sentence, sentence } from "../../sentence";
import { backboneRequests } from "./backbone";
import { bankRequests, versionRequests } from "./bank";
import { buildRequests } from "./build";
import { explainRequests } from "./explain";
import { feedbackRequests } from "./feedback";
import { mask } from "./mask";
import { referenceRequests } from "./references";
import type { CallOptions, Handling } from "./request";
import { scoreRequests } from "./score";

/** What can be asked of the engine, by name; each with its schema and its answer in the file that it comes from. */
export const requests = {
  ...scoreRequests,
  mask,
  ...explainRequests,
  ...bankRequests,
  ...referenceRequests,
  ...versionRequests,
  ...buildRequests,
  ...feedbackRequests,
  ...backboneRequests,
};

type Requests = typeof requests;
export type Method = keyof Requests;
/** As a caller writes it (defaults may be left out) and as the engine reads it. */
export type RequestInput<M extends Method> = z.input<Requests[M]["schema"]>;
export type Request<M extends Method> = z.output<Requests[M]["schema"]>;
export type Responses = { [M in Method]: Awaited<ReturnType<Requests[M]["answer"]>> };

/** What answers each of these methods, in whichever process. */
export type Handlers<M extends Method = Method> = {
  [K in M]: (request: Request<K>, handling: Handling) => Promise<Responses[K]>;
};

/** Requests that are the trainer's, so that no frame waits for its thread. */
export type Trained = { [M in Method]: Requests[M] extends { process?: "trainer" } ? M : never }[Method];

/** The runtime that an engine process has loaded. */
export interface RuntimeFacts {
  name: RuntimeName;
  version: string;
  /** Why it is the portable one, where nobody chose that: a sentence with the remedy. */
  reason?: string;
  /** What other languages make the reason from. */
  sentence?: Sentence;
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

/** Bytes that one request may carry: it is in memory several times on its way. */
const MOST = 2 ** 30;

/**
 * Checks a request. Both sides do: the caller's, so that what is no request, or cannot travel, never leaves it; and the
 * engine's, which trusts nobody.
 * @returns the request with its defaults, without what no method knows
 * @throws {GoldenSampleError} BAD_REQUEST that names the first thing that is wrong
 */
export function readRequest<M extends Method>(method: M, request: unknown): Request<M> {
  const { success, data, error } = requests[method].schema.safeParse(request);
  if (!success) {
    const [issue] = error.issues;
    const where = issue?.path.join(".") || "request";
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[requestUnusable] The setting "${{ setting: where }}" is not usable: ${{ why: issue?.message ?? "?" }}.`,
      { cause: error },
    );
  }
  const bytes = bytesIn(data);
  if (bytes > MOST) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[requestTooLarge] The request carries ${{ mebibytes: Math.round(bytes / 2 ** 20) }} MiB of images, more than the ${{ most: MOST / 2 ** 20 }} allowed: send fewer at a time, or compressed.`,
    );
  }
  return data as Request<M>;
}

function bytesIn(value: unknown): number {
  if (value instanceof Uint8Array) return value.byteLength;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, inner) => sum + bytesIn(inner), 0);
}
