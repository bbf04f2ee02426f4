import { GoldenSampleError, type Recipe, type StationSettings, sentence } from "../../lib";
import { choice, number, text } from "../shared/config";
import type { NodeConfig } from "../shared/node-red";

export interface StationNodeSettings {
  machine: StationSettings;
  /** The bank of a recipe, `undefined` for the node's own; null where there is no such recipe. */
  bankOf: (recipe: Recipe) => string | undefined | null;
}

const MILLISECONDS = { from: 1, to: 3_600_000 };

/** @throws {GoldenSampleError} BAD_REQUEST where a setting cannot be used */
export function readSettings(config: NodeConfig): StationNodeSettings {
  const recipe = text(config.recipe, "1");
  const deadline = number(config.deadline, 1000, "Deadline", MILLISECONDS);
  const banks = readRecipes(config.recipes);
  return {
    machine: {
      deadline,
      cameraTimeout: number(config.cameraTimeout, 500, "Frame within", MILLISECONDS),
      fresh: number(config.fresh, 3000, "Pass lasts", MILLISECONDS),
      plcTimeout: number(config.plcTimeout, 2000, "PLC silent", { from: 0, to: 3_600_000 }),
      parallel: number(config.parallel, 2, "Under way", { from: 1, to: 64, whole: true }),
      buffer: number(config.buffer, 16, "Buffer", { from: 1, to: 1000, whole: true }),
      scale: number(config.scale, 10_000, "Scale", { from: 1e-6, to: 1e9 }),
      heartbeat: number(config.heartbeat, 500, "Heartbeat", { from: 10, to: 60_000 }),
      freeRunning: choice(config.camera, ["triggered", "free"], "triggered", "Camera") === "free",
      recipe,
    },
    bankOf: (wanted) => {
      if (banks.size > 0) return banks.get(String(wanted)) ?? null;
      return String(wanted) === recipe ? undefined : null;
    },
  };
}

function readRecipes(value: unknown): Map<string, string> {
  const written = text(value, "");
  if (written === "") return new Map();
  let parsed: unknown;
  try {
    parsed = JSON.parse(written);
  } catch {
    parsed = undefined;
  }
  const entries = Object.entries(typeof parsed === "object" && !Array.isArray(parsed) ? (parsed ?? {}) : {});
  if (entries.length > 0 && entries.every(([, bank]) => typeof bank === "string")) return new Map(entries);
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[badRecipes] The setting "Recipes" cannot be read: write the bank of each recipe as JSON, for example {"1": "part-a", "2": "part-b"}.`,
  );
}
