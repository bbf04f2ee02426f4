import { applySignals } from "./apply-signals";
import { STATION_CODES } from "./codes";
import { drainJobs, endJob, openJob } from "./jobs";
import { faultOf } from "./readiness";
import { revoked } from "./revoke";
import type { StationAction, StationEvent, StationSettings, StationState } from "./types";

/**
 * The station as a pure function: nothing but what happens, and the time it brings along, changes the state, which is
 * not written to. To be called with `tick` often enough for the deadlines.
 */
export function stepStation(
  before: StationState,
  event: StationEvent,
  settings: StationSettings,
): { state: StationState; actions: StationAction[] } {
  const state = copyOf(before, Math.max(before.time, event.time));
  const actions: StationAction[] = [];
  watchClock(state, settings);
  handle(state, event, settings, actions);
  drainJobs(state, actions);
  revokePasses(state, settings);
  showNext(state);
  return { state, actions };
}

function handle(state: StationState, event: StationEvent, settings: StationSettings, actions: StationAction[]): void {
  switch (event.type) {
    case "tick":
      return;
    case "signals":
      applySignals(state, event.signals, settings, actions);
      return;
    case "frame":
      takeFrame(state, event, actions);
      return;
    case "verdict":
      takeVerdict(state, event);
      return;
    case "failure": {
      const job = openJob(state, event.id);
      if (job) endJob(state, job, STATION_CODES.failed);
      return;
    }
    case "engine":
      state.engine = event.state;
      if (event.state === "ready" && state.recipe?.unknown) {
        // It could not be asked for the bank meanwhile.
        state.recipe = { ...state.recipe, unknown: false };
        actions.push({ type: "load", recipe: state.recipe.wanted });
      }
      return;
    case "loaded":
      if (state.recipe && String(state.recipe.wanted) === String(event.recipe))
        state.recipe = { wanted: state.recipe.wanted, bank: event.bank, unknown: event.bank === null };
      return;
    case "halt":
      state.halted = true;
      for (const job of state.jobs) endJob(state, job, STATION_CODES.halted);
      return;
    case "start":
      state.halted = false;
  }
}

type FrameEvent = Extract<StationEvent, { type: "frame" }>;
type VerdictEvent = Extract<StationEvent, { type: "verdict" }>;

function takeFrame(state: StationState, { id, taken }: FrameEvent, actions: StationAction[]): void {
  // Whatever the frame shows, the camera is there again.
  state.cameraLost = false;
  // One at a time is being exposed, so the first frame taken after its trigger is its own; one from before is not.
  const job = state.jobs.find((each) => {
    if (each.exposed !== undefined || each.result) return false;
    return id === undefined ? taken !== undefined && taken >= each.triggered : each.id === id;
  });
  if (!job) {
    state.counters.strays++;
    return;
  }
  job.exposed = state.time;
  const { partId, recipe, bank } = job;
  actions.push({ type: "inspect", id: job.id, partId, recipe, bank });
}

function takeVerdict(state: StationState, { id, verdict, over, score, threshold, bank }: VerdictEvent): void {
  const job = openJob(state, id);
  if (!job) {
    state.counters.strays++;
    return;
  }
  job.exposed ??= state.time;
  if (bank !== job.bank) {
    endJob(state, job, STATION_CODES.wrongBank);
    return;
  }
  // Over the threshold but not raised yet is no good part either.
  const kind = verdict === "unlike" ? "unlike" : verdict === "ok" && !over ? "pass" : "fail";
  endJob(state, job, STATION_CODES.none, { kind, score, threshold });
}

/** What has come to its end by time alone. */
function watchClock(state: StationState, { plcTimeout, cameraTimeout, deadline }: StationSettings): void {
  const { time } = state;
  if (plcTimeout > 0 && state.plc === "alive" && time - state.heartbeatAt > plcTimeout) losePlc(state);
  for (const job of state.jobs) {
    if (job.result) continue;
    const since = time - job.triggered;
    if (job.exposed === undefined && since >= Math.min(cameraTimeout, deadline)) {
      state.cameraLost = true;
      endJob(state, job, STATION_CODES.cameraLost);
    } else if (since >= deadline) endJob(state, job, STATION_CODES.late);
  }
}

function losePlc(state: StationState): void {
  state.plc = "lost";
  state.triggerAck = false;
  state.refusal = STATION_CODES.none;
  for (const job of state.jobs) endJob(state, job, STATION_CODES.plcLost);
}

/** With a fault nothing may pass, nor after its time. */
function revokePasses(state: StationState, { fresh }: StationSettings): void {
  const fault = state.halted ? STATION_CODES.halted : faultOf(state);
  state.results = state.results.map((result) => {
    if (fault !== 0) return revoked(state, result, fault);
    return state.time - result.triggered > fresh ? revoked(state, result, STATION_CODES.expired) : result;
  });
}

/** The next result is shown once the PLC has taken back its acknowledgement of the one before. */
function showNext(state: StationState): void {
  const [first, ...rest] = state.results;
  if (state.shown || !first || state.plc !== "alive" || state.signals.resultAck) return;
  state.shown = true;
  const { triggered, timing } = first;
  state.results = [{ ...first, timing: { ...timing, valid: state.time - triggered } }, ...rest];
}

function copyOf(state: StationState, time: number): StationState {
  return {
    ...state,
    time,
    jobs: state.jobs.map((job) => ({ ...job })),
    counters: { ...state.counters },
  };
}
