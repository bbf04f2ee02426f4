import {
  initialState,
  memoryOf,
  outputsOf,
  type Recipe,
  restoredState,
  type StationAction,
  type StationEvent,
  type StationMemory,
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
  file: Pick<StationMemoryFile, "read" | "isLast" | "write">;
  status: Pick<StatusLight, "ready" | "alarm" | "working" | "waiting">;
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
  send: (messages: StationMessages) => void;
  /** @returns the bank's name, and what it calls itself in a score; `undefined`: there is no such recipe */
  loadBank: (recipe: Recipe) => Promise<{ stored: string; judging: string } | undefined>;
  warn: (words: string) => void;
}

/** What a step leads to, once what is remembered of it is on the disk. */
interface Consequence {
  memory: StationMemory;
  actions: StationAction[];
  outputs: StationOutputs;
  /** That it came with. */
  message: Message | undefined;
}

/** Runs the state machine: keeps what it must remember, does what it asks for, tells the PLC what has changed. */
export class Controller {
  private state: StationState;
  private told = "";
  /** In the order in which they happened. */
  private readonly open: Consequence[] = [];
  private writing: Promise<void> | undefined;
  private ended = false;
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
    this.follow(this.first, undefined);
  }

  /** @param message that it came with */
  happens(event: StationEvent, message?: Message): void {
    const { state, actions } = stepStation(this.state, event, this.options.settings.machine);
    this.state = state;
    if (event.type === "verdict" && message && state.jobs.some(({ id, result }) => id === event.id && result))
      this.judged.set(event.id, message);
    this.follow(actions, event.type === "verdict" || event.type === "frame" ? message : undefined);
  }

  /** Whatever comes from now on is of no account. @returns when nothing is left to be written */
  async end(): Promise<void> {
    this.ended = true;
    while (this.writing) await this.writing;
  }

  private follow(actions: StationAction[], message: Message | undefined): void {
    if (this.ended) return;
    this.open.push({ memory: memoryOf(this.state), actions, outputs: this.outputs(), message });
    if (!this.writing) this.carryOutWritten();
  }

  /** In order, and nobody is told of anything before it is on the disk; what comes meanwhile shares the next write. */
  private carryOutWritten(): void {
    const { file } = this.options;
    while (this.open.length > 0) {
      if (!file.isLast(this.open.at(-1)!.memory)) {
        this.writing = this.write(this.open.splice(0));
        return;
      }
      this.carryOut(this.open.shift()!);
    }
  }

  private async write(batch: readonly Consequence[]): Promise<void> {
    try {
      await this.options.file.write(batch.at(-1)!.memory);
    } catch (thrown) {
      this.options.warn(toGoldenSampleError(thrown, "INTERNAL", "The station's memory could not be written").message);
    }
    // Deadlines may have passed meanwhile.
    this.happens({ time: this.options.now(), type: "tick" });
    for (const consequence of batch) this.carryOut(consequence);
    this.writing = undefined;
    this.carryOutWritten();
  }

  private carryOut({ actions, outputs, message }: Consequence): void {
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
    this.tell(outputs);
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

  private outputs(): StationOutputs {
    return outputsOf(this.state, this.options.settings.machine);
  }

  private tell(outputs: StationOutputs): void {
    const { pass, inspectionId } = this.outputs();
    // A disk that was slow must not make a pass last longer than it may.
    const isStale = outputs.pass && !(pass && inspectionId === outputs.inspectionId);
    const now = isStale ? { ...outputs, pass: false } : outputs;
    const text = JSON.stringify(now);
    if (text === this.told) return;
    this.told = text;
    this.options.send([asMessage({ station: now }), null, null, null]);
    show(this.options.status, now);
  }
}

function asMessage(fields: object): Message {
  return fields as Message;
}

function stationOf({ id, partId, recipe }: Extract<StationAction, { type: "expose" | "inspect" }>) {
  return { inspectionId: id, partId, recipe };
}

function show(
  status: ControllerOptions["status"],
  { state, errorCode, resultValid, pass, inspectionId }: StationOutputs,
): void {
  if (state === "Error") status.alarm(`Error ${errorCode}`);
  else if (resultValid) status[pass ? "ready" : "alarm"](`#${inspectionId} ${pass ? "\u2713" : "\u2717"}`);
  else if (state === "Ready") status.ready(state);
  else if (state === "SingleExecution" || state === "ContinuousExecution") status.working();
  else status.waiting(state);
}
