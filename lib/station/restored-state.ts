import { STATION_CODES } from "./codes";
import { maySeemShown } from "./covers";
import { initialState } from "./initial-state";
import type { StationMemory } from "./memory";
import { revoked } from "./revoke";
import type { StationAction, StationState } from "./types";

/**
 * The state after a start: identifiers go on, what was under way ends as a fault, and no pass of an earlier life may be
 * shown, for nobody knows how long ago that was. The first that waits may have been shown, and acknowledged since.
 */
export function restoredState(memory: StationMemory, time: number): { state: StationState; actions: StationAction[] } {
  const state = initialState(time);
  const code = STATION_CODES.restarted;
  const ended = memory.jobs.map((job) => {
    return { ...job, kind: "fault" as const, code, score: 0, threshold: 0, timing: {}, triggered: time };
  });
  const waiting = memory.results.map((result) => {
    return { ...result, code: result.code as StationState["refusal"], timing: {}, triggered: time };
  });
  state.nextId = memory.nextId;
  state.counters = { ...memory.counters, fault: memory.counters.fault + ended.length };
  state.results = [...waiting.map((result) => revoked(state, result, code)), ...ended];
  state.shown = maySeemShown(memory);
  state.signals.resultAck = memory.resultAck;
  return {
    state,
    actions: ended.map(({ triggered: _, ...result }) => ({ type: "result", result: { ...result } })),
  };
}
