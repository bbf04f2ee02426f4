/** What the station's `errorCode` and `resultCode` mean; the numbers go to PLCs, so they never change. */
export const STATION_CODES = {
  none: 0,
  /** Refused: `triggerEnable` is false. */
  notEnabled: 1,
  /** Refused: the part before is still being exposed, or as many inspections as allowed are under way. */
  busy: 2,
  /** Refused: as many results wait to be acknowledged as fit. */
  bufferFull: 3,
  /** Refused: the bank of the recipe is not loaded yet. */
  recipeLoading: 4,
  /** Refused: the recipe was changed while an inspection was under way. */
  recipeWhileBusy: 5,
  /** Refused: halted. */
  halted: 6,
  /** Refused: the inspecting process has not started yet. */
  starting: 7,
  /** Refused: the trigger was true already when the station started, when the PLC came back, or for another part. */
  triggerNotSeen: 8,
  /** Fault: the PLC's heartbeat does not change. */
  plcLost: 20,
  /** Fault: no frame came in time after a trigger. */
  cameraLost: 21,
  /** Fault: the inspecting process is away. */
  engineLost: 22,
  /** Fault: the recipe has no bank that can judge. */
  recipeUnknown: 23,
  /** Of a result: no verdict within the deadline. */
  late: 30,
  /** Of a result: the inspection ended in an error. */
  failed: 31,
  /** Of a result: another bank judged than that of the recipe. */
  wrongBank: 32,
  /** Of a result: a pass that was not acknowledged while it was fresh. */
  expired: 33,
  /** Of a result: the station was started again before it was acknowledged. */
  restarted: 34,
  /** Of a result: the PLC reset the station during the inspection. */
  reset: 35,
} as const;

export type StationCode = (typeof STATION_CODES)[keyof typeof STATION_CODES];
