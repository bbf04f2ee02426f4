import assert from "node:assert/strict";
import {
  initialState,
  memoryOf,
  outputsOf,
  parseMemory,
  restoredState,
  type StationAction,
  type StationEvent,
  type StationOutputs,
  type StationSettings,
  type StationState,
  stepStation,
} from "../../lib";

/** Milliseconds; small, for the clock is the test's. */
export const SETTINGS: StationSettings = {
  deadline: 400,
  cameraTimeout: 200,
  fresh: 600,
  plcTimeout: 1000,
  parallel: 2,
  buffer: 3,
  scale: 10_000,
  heartbeat: 500,
  freeRunning: false,
  recipe: 1,
};

type Happening = StationEvent extends infer E ? (E extends unknown ? Omit<E, "time"> : never) : never;
type Signals = Extract<StationEvent, { type: "signals" }>["signals"];

/** A station at a line, the machine alone, with a clock of its own and everything it did. */
export class Line {
  state: StationState;
  time = 0;
  private beat = 0;
  readonly actions: StationAction[] = [];

  constructor(private readonly settings: Partial<StationSettings> = {}) {
    this.state = initialState(0);
  }

  /** Operational, ready for triggers. */
  static ready(settings: Partial<StationSettings> = {}): Line {
    const line = new Line(settings);
    line.happens({ type: "engine", state: "ready" });
    line.plc({ triggerEnable: true });
    line.happens({ type: "loaded", recipe: 1, bank: "one" });
    assert.equal(line.out.ready, true);
    return line;
  }

  get out(): StationOutputs {
    return outputsOf(this.state, { ...SETTINGS, ...this.settings });
  }

  get results() {
    return this.actions.flatMap((action) => (action.type === "result" ? [action.result] : []));
  }

  happens(happening: Happening): StationAction[] {
    const event = { ...happening, time: this.time } as StationEvent;
    const { state, actions } = stepStation(this.state, event, { ...SETTINGS, ...this.settings });
    this.state = state;
    this.actions.push(...actions);
    return actions;
  }

  plc(signals: Signals): StationAction[] {
    return this.happens({ type: "signals", signals: { ...signals, heartbeat: ++this.beat } });
  }

  after(milliseconds: number): void {
    this.time += milliseconds;
    this.happens({ type: "tick" });
  }

  /** A whole handshake up to the accepted trigger. @returns the inspection's id */
  trigger(partId: number | string): number {
    const actions = this.plc({ trigger: true, partId });
    const expose = actions.find((action) => action.type === "expose");
    this.plc({ trigger: false });
    return expose?.type === "expose" ? expose.id : 0;
  }

  verdict(id: number, verdict: "ok" | "anomaly" | "unlike" = "ok", more: object = {}): void {
    this.happens({ type: "verdict", id, verdict, over: false, score: 0.2, threshold: 0.5, bank: "one", ...more });
  }

  acknowledge(): void {
    this.plc({ resultAck: true });
    this.plc({ resultAck: false });
  }

  restart(): void {
    const memory = parseMemory(JSON.parse(JSON.stringify(memoryOf(this.state))));
    const { state, actions } = restoredState(memory, this.time);
    this.state = state;
    this.actions.push(...actions);
  }
}
