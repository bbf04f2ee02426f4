import { STATION_CODES, type StationCode } from "./codes";
import type { StationAction, StationJob, StationResult, StationState } from "./types";

/** The inspection with this id, where it still waits for its result. */
export function openJob({ jobs }: StationState, id: number): StationJob | undefined {
  return jobs.find((job) => job.id === id && !job.result);
}

/** Gives an inspection its result, its first only. @param judged absent: a fault */
export function endJob(
  { time }: StationState,
  job: StationJob,
  code: StationCode,
  judged?: Pick<StationResult, "kind" | "score" | "threshold">,
): void {
  if (job.result) return;
  const { id, partId, recipe, triggered, exposed } = job;
  const timing = {
    ...(exposed !== undefined && { exposed: exposed - triggered }),
    ...(judged && { judged: time - triggered }),
  };
  job.result = { id, partId, recipe, code, timing, ...(judged ?? { kind: "fault", score: 0, threshold: 0 }) };
}

/** Results leave in the order of their triggers, each once. */
export function drainJobs(state: StationState, actions: StationAction[]): void {
  while (state.jobs[0]?.result) {
    const { result, triggered } = state.jobs.shift()!;
    state.counters[result!.kind]++;
    state.results = [...state.results, { ...result!, triggered }];
    actions.push({ type: "result", result: result! });
  }
}

/** Ends everything on the PLC's order: what is under way, and what waits to be acknowledged. */
export function resetJobs(state: StationState, actions: StationAction[]): void {
  for (const job of state.jobs) endJob(state, job, STATION_CODES.reset);
  drainJobs(state, actions);
  state.counters.discarded += state.results.length;
  state.results = [];
  state.shown = false;
}
