import { STATION_CODES } from "./codes";
import { faultOf, nameOf, refusalOf } from "./readiness";
import type { StationOutputs, StationSettings, StationState } from "./types";

const REGISTER = 65_535;

/** What the PLC is told in a state. */
export function outputsOf(state: StationState, settings: StationSettings): StationOutputs {
  const { signals, plc, jobs, shown, results, recipe, refusal, refusedRecipe, counters } = state;
  const name = nameOf(state, settings);
  // What was shown before a start still is, as no pass, or the PLC would take back an acknowledgement that was not seen.
  const result = shown && plc !== "lost" ? results[0] : undefined;
  const triggerAck = state.triggerAck && signals.trigger;
  const recipeRefused = refusedRecipe === null ? STATION_CODES.none : STATION_CODES.recipeWhileBusy;
  return {
    state: name,
    online: name !== "Preoperational" && name !== "Halted" && state.engine === "ready",
    ready: refusalOf(state, settings) === 0,
    triggerAck,
    // A bounce may have triggered for the part before, and a PLC that has begun the next one would take this for its own.
    triggerPartId: triggerAck ? state.triggerPartId : null,
    busy: jobs.length > 0,
    exposing: jobs.some(({ exposed }) => exposed === undefined),
    resultValid: result !== undefined,
    pass: result?.kind === "pass",
    fail: result?.kind === "fail",
    unlike: result?.kind === "unlike",
    resultCode: result?.code ?? STATION_CODES.none,
    inspectionId: result?.id ?? 0,
    partId: result?.partId ?? null,
    score: scaled(result?.score, settings.scale),
    threshold: scaled(result?.threshold, settings.scale),
    recipe: recipe && recipe.bank !== null ? recipe.wanted : null,
    errorCode: refusal || faultOf(state) || recipeRefused,
    heartbeat: Math.floor(state.time / settings.heartbeat) % (REGISTER + 1),
    timing: result?.timing ?? {},
    counters,
  };
}

function scaled(value = 0, scale: number): number {
  return Math.min(REGISTER, Math.max(0, Math.round(value * scale)));
}
