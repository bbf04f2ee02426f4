import { STATION_CODES, type StationCode } from "./codes";
import type { StationSettings, StationState, StationStateName } from "./types";

/** What is wrong with the station as a whole; with a fault nothing may pass. */
export function faultOf({ plc, engine, cameraLost, recipe }: StationState): StationCode {
  if (plc === "lost") return STATION_CODES.plcLost;
  if (engine === "lost") return STATION_CODES.engineLost;
  if (cameraLost) return STATION_CODES.cameraLost;
  return recipe?.unknown ? STATION_CODES.recipeUnknown : STATION_CODES.none;
}

/** Why a trigger would be refused now; 0: it would be taken. */
export function refusalOf(state: StationState, { parallel, buffer }: StationSettings): StationCode {
  const { halted, engine, plc, signals, recipe, refusedRecipe, jobs, results } = state;
  if (halted) return STATION_CODES.halted;
  const fault = faultOf(state);
  if (fault !== 0) return fault;
  if (engine === "starting" || plc === "unseen") return STATION_CODES.starting;
  if (refusedRecipe !== null) return STATION_CODES.recipeWhileBusy;
  if (recipe === null || recipe.bank === null) return STATION_CODES.recipeLoading;
  if (!signals.triggerEnable) return STATION_CODES.notEnabled;
  if (jobs.length >= parallel || jobs.some(({ exposed }) => exposed === undefined)) return STATION_CODES.busy;
  return jobs.length + results.length >= buffer ? STATION_CODES.bufferFull : STATION_CODES.none;
}

/** Its name in OPC 40100-1. */
export function nameOf(state: StationState, settings: StationSettings): StationStateName {
  if (state.halted) return "Halted";
  if (faultOf(state) !== 0) return "Error";
  if (state.engine === "starting" || state.plc === "unseen") return "Preoperational";
  if (state.jobs.length > 0) return settings.freeRunning ? "ContinuousExecution" : "SingleExecution";
  return refusalOf(state, settings) === 0 ? "Ready" : "Initialized";
}
