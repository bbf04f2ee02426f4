import { STATION_CODES, type StationCode } from "./codes";
import { idAfter } from "./ids";
import { resetJobs } from "./jobs";
import { refusalOf } from "./readiness";
import type { PlcSignals, StationAction, StationSettings, StationState } from "./types";

/**
 * A reading of the PLC. Where several signals change in one, they count in this order: heartbeat, reset, result,
 * recipe, trigger.
 */
export function applySignals(
  state: StationState,
  changes: Partial<PlcSignals>,
  settings: StationSettings,
  actions: StationAction[],
): void {
  const before = state.signals;
  const signals = { ...before, ...changes };
  state.signals = signals;
  const wasAlive = state.plc === "alive";
  if (!isAlive(state, before)) return;
  if (signals.reset && !before.reset) reset(state, actions);
  if (signals.resultAck && !before.resultAck && state.shown) acknowledge(state);
  chooseRecipe(state, settings, actions);
  if (!signals.trigger) {
    state.triggerAck = false;
    state.refusal = STATION_CODES.none;
  } else if (!wasAlive) {
    // Nobody knows since when it is true, and whether its part is still there.
    refuse(state, STATION_CODES.triggerNotSeen);
  } else if (!before.trigger) trigger(state, refusalOf(state, settings), actions);
  else if (state.triggerAck && signals.partId !== before.partId) {
    // Its fall was missed: the acknowledgement that the PLC sees is of the part before.
    state.triggerAck = false;
    refuse(state, STATION_CODES.triggerNotSeen);
  }
}

/** Whether there is somebody to listen to. */
function isAlive(state: StationState, before: PlcSignals): boolean {
  const beats = state.signals.heartbeat !== before.heartbeat;
  if (beats) state.heartbeatAt = state.time;
  if (state.plc === "alive") return true;
  if (state.plc === "lost" && !beats) return false;
  state.plc = "alive";
  state.heartbeatAt = state.time;
  return true;
}

function reset(state: StationState, actions: StationAction[]): void {
  resetJobs(state, actions);
  state.cameraLost = false;
  state.refusal = STATION_CODES.none;
  state.refusedRecipe = null;
  // Its bank may be there by now.
  if (state.recipe?.unknown) state.recipe = null;
}

function acknowledge(state: StationState): void {
  state.results = state.results.slice(1);
  state.shown = false;
  state.counters.acknowledged++;
}

function chooseRecipe(state: StationState, settings: StationSettings, actions: StationAction[]): void {
  const wanted = state.signals.recipe ?? settings.recipe;
  const isWanted = state.recipe !== null && String(state.recipe.wanted) === String(wanted);
  if (isWanted) state.refusedRecipe = null;
  // What was refused is not done later in silence: it has to be asked for again.
  if (isWanted || (state.refusedRecipe !== null && String(state.refusedRecipe) === String(wanted))) return;
  if (state.jobs.length > 0) {
    state.refusedRecipe = wanted;
    return;
  }
  state.refusedRecipe = null;
  state.recipe = { wanted, bank: null, unknown: false };
  actions.push({ type: "load", recipe: wanted });
}

function refuse(state: StationState, code: StationCode): void {
  state.refusal = code;
  state.counters.refused++;
}

function trigger(state: StationState, refusal: StationCode, actions: StationAction[]): void {
  if (refusal !== 0 || state.recipe === null || state.recipe.bank === null) {
    refuse(state, refusal || STATION_CODES.recipeLoading);
    return;
  }
  const { wanted: recipe, bank } = state.recipe;
  const id = state.nextId;
  const partId = state.signals.partId ?? null;
  state.nextId = idAfter(id);
  state.triggerAck = true;
  state.triggerPartId = partId;
  state.refusal = STATION_CODES.none;
  state.counters.triggers++;
  state.jobs.push({ id, partId, recipe, bank, triggered: state.time });
  actions.push({ type: "expose", id, partId, recipe });
}
