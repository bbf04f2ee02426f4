import { homedir } from "node:os";
import { join } from "node:path";
import { BUILT_IN_RESOLUTION, isBuiltIn } from "./built-in/names";

/**
 * The resolution that a backbone is used at where nothing else is said: the smaller edge that images are brought to,
 * in pixels.
 */
export function defaultResolution(model: string): number {
  return isBuiltIn(model) ? BUILT_IN_RESOLUTION : 448;
}

/** Where models by name are kept: with Node-RED's own, unless the environment says otherwise. */
export function defaultModelsDirectory(): string {
  return process.env.GOLDEN_SAMPLE_MODELS || join(homedir(), ".node-red", "golden-sample", "models");
}
