import {
  initialState,
  memoryOf,
  outputsOf,
  type Recipe,
  restoredState,
  type StationAction,
  type StationEvent,
  type StationMemoryFile,
  type StationOutputs,
  type StationState,
  stepStation,
  toGoldenSampleError,
} from "../../lib";
import type { Message } from "../shared/node-red";
import type { StatusLight } from "../shared/status-light";
import type { StationNodeSettings } from "./settings";

/** To the PLC, to the camera, frames to be inspected, results. */
export type StationMessages = [Message | null, Message | null, Message | null, Message | null];

export interface ControllerOptions {
  settings: StationNodeSettings;
  file: StationMemoryFile;
  status: StatusLight;
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
  send: (messages: StationMessages) => void;
  /** @returns the bank's name, and what it calls itself in a score; `undefined`: there is no such recipe */
  loadBank: (recipe: Recipe) => Promise<{ stored: string; judging: string } | undefined>;
  warn: (words: string) => void;
}

/** Runs the state machine: keeps what it must remember, does what it asks for, tells the PLC what has changed. */
export class Controller {
  private state: StationState;
  private told = "";
  /** The banks' names by what they call themselves. */
  private readonly stored = new Map<string, string>();
  /** Messages of verdicts whose result waits for those before it. */
  private readonly judged = new Map<number, Message>();
  private readonly first: StationAction[];

  /** @throws {GoldenSampleError} BAD_REQUEST where what it remembers cannot be read */
  constructor(private readonly options: ControllerOptions) {
    const memory = options.file.read();
    const time = options.now();
    const { state, actions } = memory ? restoredState(memory, time) : { state: initialState(time), actions: [] };
    this.state = state;
    this.first = actions;
  }

  /** Tells the PLC that nothing may pass, and of inspections that the last stop has ended. */
  begin(): void {
    this.carryOut(this.first, undefined);
  }

  /** @param message that it came with */
  happens(event: StationEvent, message?: Message): void {
    const { state, actions } = stepStation(this.state, event, this.options.settings.machine);
    this.state = state;
    if (event.type === "verdict" && message && state.jobs.some(({ id, result }) => id === event.id && result))
      this.judged.set(event.id, message);
    this.carryOut(actions, event.type === "verdict" || event.type === "frame" ? message : undefined);
  }

  private carryOut(actions: StationAction[], message: Message | undefined): void {
    this.save();
    for (const action of actions) {
      switch (action.type) {
        case "expose":
          this.options.send([null, asMessage({ station: stationOf(action), payload: action.id }), null, null]);
          break;
        case "inspect": {
          const bank = this.stored.get(action.bank) ?? action.bank;
          const frame = Object.assign(message ?? asMessage({}), { station: stationOf(action), bank });
          this.options.send([null, null, frame, null]);
          break;
        }
        case "load":
          void this.load(action.recipe);
      }
    }
    this.tell();
    for (const action of actions) if (action.type === "result") this.handOut(action, message);
  }

  private handOut({ result }: Extract<StationAction, { type: "result" }>, message: Message | undefined): void {
    const { id, ...facts } = result;
    const own = (message as { station?: { inspectionId?: unknown } } | undefined)?.station?.inspectionId === id;
    const base = this.judged.get(id) ?? (own ? message : undefined) ?? asMessage({});
    this.judged.delete(id);
    this.options.send([null, null, null, Object.assign(base, { station: { inspectionId: id, ...facts } })]);
  }

  private async load(recipe: Recipe): Promise<void> {
    let bank: string | null = null;
    try {
      const names = await this.options.loadBank(recipe);
      if (names) {
        this.stored.set(names.judging, names.stored);
        bank = names.judging;
      } else this.options.warn(`There is no recipe "${recipe}": add it to the station's recipes.`);
    } catch (thrown) {
      this.options.warn(toGoldenSampleError(thrown, "INTERNAL", `Recipe "${recipe}" cannot be used`).message);
    }
    this.happens({ time: this.options.now(), type: "loaded", recipe, bank });
  }

  /** Before anybody is told of it. */
  private save(): void {
    try {
      this.options.file.write(memoryOf(this.state));
    } catch (thrown) {
      this.options.warn(toGoldenSampleError(thrown, "INTERNAL", "The station's memory could not be written").message);
    }
  }

  private tell(): void {
    const outputs = outputsOf(this.state, this.options.settings.machine);
    const text = JSON.stringify(outputs);
    if (text === this.told) return;
    this.told = text;
    this.options.send([asMessage({ station: outputs }), null, null, null]);
    show(this.options.status, outputs);
  }
}

function asMessage(fields: object): Message {
  return fields as Message;
}

function stationOf({ id, partId, recipe }: Extract<StationAction, { type: "expose" | "inspect" }>) {
  return { inspectionId: id, partId, recipe };
}

function show(status: StatusLight, { state, errorCode, resultValid, pass, inspectionId }: StationOutputs): void {
  if (state === "Error") status.alarm(`Error ${errorCode}`);
  else if (resultValid) status[pass ? "ready" : "alarm"](`#${inspectionId} ${pass ? "\u2713" : "\u2717"}`);
  else if (state === "Ready") status.ready(state);
  else if (state === "SingleExecution" || state === "ContinuousExecution") status.working();
  else status.waiting(state);
}
