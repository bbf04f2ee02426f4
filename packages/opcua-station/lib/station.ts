/** What comes and goes as `msg.station`: docs/plc.md of the main package says what each signal means. */
export interface StationOutputs {
  state: StationStateName;
  ready: boolean;
  triggerAck: boolean;
  resultValid: boolean;
  errorCode: number;
  recipe: string | number | null;
}

export type StationStateName =
  | "Preoperational"
  | "Halted"
  | "Error"
  | "Initialized"
  | "Ready"
  | "SingleExecution"
  | "ContinuousExecution";

/** Told on the station's fourth output, once for each accepted trigger. */
export interface StationResult {
  inspectionId: number;
  partId: string | number | null;
  recipe: string | number;
  kind: "pass" | "fail" | "unlike" | "fault";
  code: number;
  score: number;
  threshold: number;
  timing: { exposed?: number; judged?: number };
}

/** What a client of the server wants of the station. */
export interface StationSignals {
  trigger?: boolean;
  triggerEnable?: boolean;
  resultAck?: boolean;
  reset?: boolean;
  recipe?: string;
  partId?: string;
  heartbeat?: number;
}
