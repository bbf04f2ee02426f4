import type { StationCode } from "./codes";

export type Recipe = string | number;
export type PartId = string | number;

/** What the PLC tells the station. */
export interface PlcSignals {
  /** Its rising edge asks for an inspection; to be taken back after `triggerAck` or an `errorCode`. */
  trigger: boolean;
  /** Triggers are wanted at all. */
  triggerEnable: boolean;
  /** Its rising edge says that the result shown was read; to be taken back once `resultValid` is false. */
  resultAck: boolean;
  /** Absent: the station's own. */
  recipe?: Recipe;
  partId?: PartId;
  /** Its rising edge ends what is under way and takes back what waits. */
  reset: boolean;
  /** Any value that changes. */
  heartbeat: string | number | boolean;
}

/** Milliseconds, counted from the trigger where nothing else is said. */
export interface StationSettings {
  /** Until a result is there at the latest. */
  deadline: number;
  /** Until a frame is there at the latest. */
  cameraTimeout: number;
  /** How long a pass may be shown. */
  fresh: number;
  /** Without a change of the PLC's heartbeat before it counts as lost; 0: not watched. */
  plcTimeout: number;
  /** Inspections under way at a time; one is exposed while others are judged. */
  parallel: number;
  /** Results that may wait or be on their way; no trigger is taken where there is no room for its result. */
  buffer: number;
  /** Score and threshold times this, rounded. */
  scale: number;
  /** Between two changes of the station's own heartbeat. */
  heartbeat: number;
  /** Whether frames come by themselves and are chosen by their time stamp. */
  freeRunning: boolean;
  /** For a PLC that names none. */
  recipe: Recipe;
}

/** The state names of OPC 40100-1 (machine vision), its sub-states of Operational among them. */
export type StationStateName =
  | "Preoperational"
  | "Halted"
  | "Error"
  | "Initialized"
  | "Ready"
  | "SingleExecution"
  | "ContinuousExecution";

/** `fault`: no verdict on this part, or none that may be used; it must not pass. */
export type ResultKind = "pass" | "fail" | "unlike" | "fault";

/** Milliseconds since the trigger. */
export interface StationTiming {
  exposed?: number;
  judged?: number;
  valid?: number;
}

export interface StationResult {
  id: number;
  partId: PartId | null;
  recipe: Recipe;
  kind: ResultKind;
  /** Why there is no verdict. */
  code: StationCode;
  score: number;
  threshold: number;
  timing: StationTiming;
}

/** An inspection under way. */
export interface StationJob {
  id: number;
  partId: PartId | null;
  recipe: Recipe;
  bank: string;
  triggered: number;
  exposed?: number;
  /** Waits for those before it. */
  result?: StationResult;
}

/** A result that was not acknowledged yet. */
export interface WaitingResult extends StationResult {
  triggered: number;
}

export interface StationCounters {
  /** Accepted triggers. */
  triggers: number;
  refused: number;
  pass: number;
  fail: number;
  unlike: number;
  fault: number;
  acknowledged: number;
  /** Passes that were taken back before they were acknowledged. */
  revoked: number;
  /** Results that a reset took back. */
  discarded: number;
  /** Frames and verdicts of no inspection under way. */
  strays: number;
}

/** Everything the machine knows; plain data. */
export interface StationState {
  time: number;
  nextId: number;
  signals: PlcSignals;
  /** `unseen`: no signals yet, or none since it was lost. */
  plc: "unseen" | "alive" | "lost";
  heartbeatAt: number;
  engine: "starting" | "ready" | "lost";
  halted: boolean;
  cameraLost: boolean;
  triggerAck: boolean;
  /** Of the trigger taken last. */
  triggerPartId: PartId | null;
  /** Answer to a trigger that was not taken, until it falls. */
  refusal: StationCode;
  /** The recipe that was refused while busy. */
  refusedRecipe: Recipe | null;
  recipe: { wanted: Recipe; bank: string | null; unknown: boolean } | null;
  /** In the order of their triggers. */
  jobs: StationJob[];
  /** In the order of their triggers; the first is shown where `shown` is true. */
  results: WaitingResult[];
  shown: boolean;
  counters: StationCounters;
}

/** What happens; `time` in milliseconds of a clock that never goes back. */
export type StationEvent = { time: number } & (
  | { type: "tick" }
  /** What is absent has not changed. */
  | { type: "signals"; signals: Partial<PlcSignals> }
  /** `taken`: on the clock of `time`; without an `id` the inspection is chosen by it. */
  | { type: "frame"; id?: number; taken?: number }
  | {
      type: "verdict";
      id: number;
      verdict: "ok" | "anomaly" | "unlike";
      over: boolean;
      score: number;
      threshold: number;
      bank: string;
    }
  /** The inspection ended in an error. */
  | { type: "failure"; id: number }
  | { type: "engine"; state: StationState["engine"] }
  /** Answers `load`; `bank` null: there is none. */
  | { type: "loaded"; recipe: Recipe; bank: string | null }
  | { type: "halt" }
  | { type: "start" }
);

/** What is to be done, in this order. */
export type StationAction =
  /** Take a frame of this part. */
  | { type: "expose"; id: number; partId: PartId | null; recipe: Recipe }
  /** The frame of this event is the part's: have it judged by this bank. */
  | { type: "inspect"; id: number; partId: PartId | null; recipe: Recipe; bank: string }
  /** Load the recipe's bank and answer with `loaded`. */
  | { type: "load"; recipe: Recipe }
  /** Exactly one for each accepted trigger, in their order. */
  | { type: "result"; result: StationResult };

/** What the station tells the PLC. */
export interface StationOutputs {
  state: StationStateName;
  /** The station runs and its inspecting process is there. */
  online: boolean;
  /** A rising edge of `trigger` is taken now. */
  ready: boolean;
  /** The trigger was taken; falls with it. */
  triggerAck: boolean;
  /** Whose trigger `triggerAck` is about; null without it. */
  triggerPartId: PartId | null;
  /** An inspection is under way. */
  busy: boolean;
  /** The part has to stay: its frame is not there yet. */
  exposing: boolean;
  /** All that follows, up to `threshold`, is the result of `inspectionId`. */
  resultValid: boolean;
  /** This part may pass: a fresh verdict ok of this very part. */
  pass: boolean;
  fail: boolean;
  unlike: boolean;
  /** Why a result is neither. */
  resultCode: StationCode;
  inspectionId: number;
  partId: PartId | null;
  /** 0 to 65535. */
  score: number;
  threshold: number;
  /** The recipe whose bank judges, null while none does. */
  recipe: Recipe | null;
  /** Why a trigger or a recipe was refused, or what is wrong. */
  errorCode: StationCode;
  /** 0 to 65535, one more every while. */
  heartbeat: number;
  /** Of the result shown. */
  timing: StationTiming;
  counters: StationCounters;
}
