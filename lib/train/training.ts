import type { ScoreTools } from "../engine/frames/score-frame";
import type { BackboneSource } from "../engine/loaded/backbones";
import type { Banks } from "../engine/loaded/banks";
import type { BuildTools } from "./build-bank";

/** What the trainer's handlers share. */
export interface Training {
  tools: BuildTools & ScoreTools;
  /** They run in the inspecting process, behind all frames. */
  backbones: BackboneSource;
  banks: Banks;
  /** Has the inspecting process read a bank that is about to be taken into use. */
  openBank: (file: string) => Promise<void>;
}
