import type { OpenImages } from "../image/open-images";
import type { BuildProgress, Method, Request, Responses } from "./api";
import type { FrameReader } from "./frames/frame";
import type { ScoreTools } from "./frames/score-frame";
import type { Backbones } from "./loaded/backbones";
import type { Banks } from "./loaded/banks";
import type { TrainerProcess } from "./trainer-process";

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
export interface EngineContext {
  tools: ScoreTools & { frames: FrameReader };
  backbones: Backbones;
  banks: Banks;
  images: OpenImages;
  trainer: TrainerProcess;
}
