import type { BuildProgress, Method, Request, Responses } from "./api";
import type { Backbones } from "./backbones";
import type { Banks } from "./banks";
import type { BuildTools } from "./build-bank";
import type { ScoreTools } from "./score-frame";

/** How the caller of one request hears of progress, and takes the request back. */
export interface Handling {
  onProgress: (progress: BuildProgress) => void;
  signal: AbortSignal;
}

/** What answers each of these methods. */
export type Handlers<M extends Method = Method> = {
  [K in M]: (request: Request<K>, handling: Handling) => Promise<Responses[K]>;
};

/** What all handlers share: the loaded models and banks, and the tools that work on them. */
export interface Workshop {
  tools: BuildTools & ScoreTools;
  backbones: Backbones;
  banks: Banks;
}
