import type { StationState } from "./types";

/** A station that has not seen its PLC, its engine or a part yet. */
export function initialState(time: number): StationState {
  return {
    time,
    nextId: 1,
    signals: { trigger: false, triggerEnable: false, resultAck: false, reset: false, heartbeat: 0 },
    plc: "unseen",
    heartbeatAt: time,
    engine: "starting",
    halted: false,
    cameraLost: false,
    triggerAck: false,
    triggerPartId: null,
    refusal: 0,
    refusedRecipe: null,
    recipe: null,
    jobs: [],
    results: [],
    shown: false,
    counters: {
      ...{ triggers: 0, refused: 0, pass: 0, fail: 0, unlike: 0, fault: 0 },
      ...{ acknowledged: 0, revoked: 0, discarded: 0, strays: 0 },
    },
  };
}
