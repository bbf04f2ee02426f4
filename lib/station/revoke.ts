import type { StationCode } from "./codes";
import type { StationState, WaitingResult } from "./types";

/** A result that may not let its part pass any more; others stay as they are. Counts it. */
export function revoked(state: StationState, result: WaitingResult, code: StationCode): WaitingResult {
  if (result.kind !== "pass") return result;
  state.counters = { ...state.counters, revoked: state.counters.revoked + 1 };
  return { ...result, kind: "fault", code };
}
