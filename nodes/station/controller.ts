import {
  ahead,
  covers,
  type GoldenSampleError,
  initialState,
  isReserved,
  memoryOf,
  outputsOf,
  type Recipe,
  restoredState,
  type SentenceValue,
  type StationAction,
  type StationEvent,
  type StationMemory,
  type StationMemoryFile,
  type StationOutputs,
  type StationState,
  sentence,
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
  warn: (said: SentenceValue) => void;
}

/** What the PLC is to be told of a step. */
interface Told {
  memory: StationMemory;
  /** Which state of the memory it is, counted. */
  step: number;
  /** Of an inspection whose number is not kept yet. */
  expose: StationAction | undefined;
  outputs: StationOutputs;
}

interface HandedOut {
  action: Extract<StationAction, { type: "result" }>;
  /** That it came with. */
  message: Message | undefined;
}

/**
 * Runs the state machine: keeps what it must remember, does what it asks for, tells the PLC what has changed. The disk is
 * written to beside the exposure and the inspection; the PLC waits for it only where a crash would show.
 */
export class Controller {
  private state: StationState;
  private told = "";
  /** In the order in which they happened; the first waits for the disk. */
  private readonly open: Told[] = [];
  /** Of results that are not on the disk. */
  private results: HandedOut[] = [];
  /** What the disk has, and which step's that is. */
  private disk: { memory: StationMemory; step: number } | undefined;
  private step = 0;
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
    if (memory) this.disk = { memory, step: 0 };
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

  /** What becomes of banks is known before the next part: a new name, another version in use, or none. */
  banksChanged(): void {
    const { recipe } = this.state;
    if (recipe !== null) void this.load(recipe.wanted);
  }

  /** Whatever comes from now on is of no account. @returns when all is on the disk, no number ahead any more */
  async end(): Promise<void> {
    this.ended = true;
    while (this.writing) await this.writing;
    await this.save(memoryOf(this.state));
  }

  private follow(actions: StationAction[], message: Message | undefined): void {
    if (this.ended) return;
    const memory = memoryOf(this.state);
    let expose: StationAction | undefined;
    for (const action of actions) {
      if (action.type === "result") this.results.push({ action, message });
      else if (action.type === "expose" && !(this.disk && isReserved(memory.nextId, this.disk.memory.nextId)))
        expose = action;
      else this.carryOut(action, message);
    }
    this.open.push({ memory, step: ++this.step, expose, outputs: this.outputs() });
    this.tellCovered();
    this.keep();
  }

  /** In order, and of nothing that would be forgotten or come again after a crash. */
  private tellCovered(): void {
    const { disk, open } = this;
    while (disk && open[0] && (open[0].step <= disk.step || covers(disk.memory, open[0].memory))) {
      const { expose, outputs } = open.shift()!;
      if (expose) this.carryOut(expose, undefined);
      this.tell(outputs);
    }
  }

  /** Brings the disk up to now, beside whatever else happens; what comes meanwhile shares the next write. */
  private keep(): void {
    if (this.writing) return;
    const memory = ahead(memoryOf(this.state));
    const { step } = this;
    const results = this.results.splice(0);
    if (this.options.file.isLast(memory)) {
      for (const result of results) this.handOut(result);
      return;
    }
    this.writing = this.save(memory).then(() => {
      this.disk = { memory, step };
      // Deadlines may have passed meanwhile.
      if (!this.ended) this.happens({ time: this.options.now(), type: "tick" });
      this.tellCovered();
      for (const result of results) this.handOut(result);
      this.writing = undefined;
      if (!this.ended) this.keep();
    });
  }

  private async save(memory: StationMemory): Promise<void> {
    if (this.options.file.isLast(memory)) return;
    try {
      await this.options.file.write(memory);
    } catch (thrown) {
      this.options.warn(
        saidOf(
          toGoldenSampleError(
            thrown,
            "INTERNAL",
            sentence`[stationMemoryNotWritten] The station's memory could not be written`,
          ),
        ),
      );
    }
  }

  private carryOut(action: StationAction, message: Message | undefined): void {
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

  private handOut({ action, message }: HandedOut): void {
    const { id, ...facts } = action.result;
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
      } else
        this.options.warn(
          sentence`[noSuchRecipe] There is no recipe "${{ recipe }}": add it to the station's recipes.`,
        );
    } catch (thrown) {
      this.options.warn(
        saidOf(
          toGoldenSampleError(thrown, "INTERNAL", sentence`[recipeUnusable] Recipe "${{ recipe }}" cannot be used`),
        ),
      );
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

const saidOf = ({ sentence: said, message }: GoldenSampleError): SentenceValue => said ?? message;

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
  if (state === "Error") status.alarm([sentence`[stationError] Error ${{ code: errorCode }}`]);
  else if (resultValid) status[pass ? "ready" : "alarm"]([`#${inspectionId} ${pass ? "\u2713" : "\u2717"}`]);
  else if (state === "Ready") status.ready([state]);
  else if (state === "SingleExecution" || state === "ContinuousExecution") status.working();
  else status.waiting([state]);
}
