import type {
  BankState,
  BuildProgress,
  BuildResult,
  Finds,
  ImageSource,
  MaskMessage,
  RequestInput,
  Responses,
} from "../../lib";
import type { BankHandle } from "../shared/bank-handle";
import { type Actor, DefectTest } from "./defect-test";
import type { OrderOutcome } from "./orders";

/** What was done, as it goes out on the first output: the payload. */
export type Outcome =
  | ({ action: "add" | "clear" | "status" } & BankState)
  | ({ action: "undo" } & Responses["undo"])
  | ({ action: "build"; leftOut?: string } & BuildResult)
  | Tested
  | OrderOutcome;

/** What comes of a build later, once it was tested what the new version would catch. */
export type Tested = { action: "tested"; finds: Finds } & BankState;

/** Wrapped, so that awaiting the step does not await the build that it may have started. */
export interface Step {
  outcome: Promise<Outcome>;
}

export interface Picture {
  image: ImageSource;
  mask: MaskMessage | undefined;
  actor: Actor;
}

export interface LearnerOptions {
  /** Builds by itself once so many references are kept; absent: only when told. */
  learnFirst: number | undefined;
  signal: AbortSignal;
  onChange: (view: LearnerView) => void;
  /** It was tested what the version just built would catch: what its default threshold finds of made defects. */
  onTested: (found: Tested, actor: Actor) => void;
  /** A build that no message asked for failed. */
  onFailure: (thrown: unknown) => void;
}

/** For the status. */
export interface LearnerView {
  state: BankState | undefined;
  building: BuildProgress | undefined;
  /** Of the made defects of what was built. */
  testing: BuildProgress | undefined;
  finds: Finds | undefined;
  /** How many references are to be learned, where that is under way. */
  wanted: number | undefined;
}

/** Learns one bank. Its methods must be called one after the other; a build it started may still be under way. */
export class Learner {
  private state: BankState | undefined;
  private progress: BuildProgress | undefined;
  private buildUnderWay: Promise<unknown> | undefined;
  private started: Promise<void> | undefined;
  private readonly test: DefectTest;
  /** Feedback and changes of version, one after the other. */
  private orders: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly bank: BankHandle,
    private readonly name: string | undefined,
    private readonly options: LearnerOptions,
  ) {
    this.test = new DefectTest({
      signal: options.signal,
      onChange: () => this.changed(),
      onTested: async () => {
        await this.call("bankState");
      },
      onFound: (finds, actor) => {
        if (this.state) options.onTested({ action: "tested", ...this.state, finds }, actor);
      },
      onFailure: options.onFailure,
    });
  }

  /** Asks what there is, and goes on learning where a restart or deploy interrupted it. */
  start(): Promise<void> {
    this.started ??= this.resume().catch((thrown) => {
      this.started = undefined;
      throw thrown;
    });
    return this.started;
  }

  /** Shows how things stand, asking first where that is not known. */
  async show(): Promise<void> {
    const known = this.started !== undefined;
    await this.start();
    // Others build and take versions into use, too.
    if (known) await this.call("bankState");
    this.changed();
  }

  /** Whether a build is under way that would not begin again by itself. */
  get wouldLoseBuild(): boolean {
    return this.progress !== undefined && !(this.options.learnFirst !== undefined && this.unbuilt);
  }

  private async resume(): Promise<void> {
    const state = await this.call("bankState");
    const { learnFirst } = this.options;
    const complete = learnFirst !== undefined && state.references >= learnFirst;
    this.changed();
    if (complete && this.unbuilt && !this.options.signal.aborted)
      this.build({ by: "anomaly-build" }).catch(this.options.onFailure);
  }

  /** A frame without an action. @returns undefined where it is no reference and passes through */
  async offer(read: () => Picture): Promise<Step | undefined> {
    await this.start();
    if (this.wanted === undefined) return undefined;
    // Other processes, such as the command line, may have put a version into use, and none of them says so.
    await this.call("bankState");
    if (this.wanted !== undefined) return this.add(read(), true);
    this.changed();
    return undefined;
  }

  /**
   * Keeps a reference; the last one wanted starts the build.
   * @param distinct whether it must be another picture than those kept: a camera that hangs sends the same again
   */
  async add({ image, mask, actor }: Picture, distinct = false): Promise<Step> {
    await this.start();
    await this.orders;
    await this.buildUnderWay;
    const learning = this.wanted !== undefined;
    const bank = this.bank.stored(this.name);
    this.state = await this.bank.engine.call("addReference", { bank, image, distinct, actor, ...(mask && { mask }) });
    if (learning && this.wanted === undefined && this.unbuilt) return { outcome: this.build(actor) };
    this.changed();
    return { outcome: Promise.resolve({ action: "add", ...this.state }) };
  }

  async act(
    action: "build" | "undo" | "clear" | "status",
    actor: Actor,
    what: "references" | "accepted" | "defects",
  ): Promise<Step> {
    await this.start();
    await this.orders;
    // In its turn, too, but frames need not wait for it.
    if (action === "status") return { outcome: this.report() };
    await this.buildUnderWay;
    if (action === "build") return { outcome: this.build(actor) };
    const changed = await this.change(action, actor, what);
    return { outcome: Promise.resolve(changed) };
  }

  /**
   * Carries an order out in its turn with other orders, undo, clear and build; frames need not wait for it.
   * @param afterBuild whether a build under way comes first: it would not know of what is added meanwhile
   */
  async perform(work: () => Promise<OrderOutcome>, afterBuild: boolean): Promise<Step> {
    await this.start();
    const turn = this.orders;
    const outcome = (async () => {
      await turn;
      if (afterBuild) await this.buildUnderWay;
      const done = await work();
      await this.call("bankState");
      this.changed();
      return done;
    })();
    this.orders = outcome.catch(() => undefined);
    return { outcome };
  }

  /** Sets a reference aside and builds without it. @param reference its number in the version in use, or its file */
  async leaveOut(reference: number | string, actor: Actor): Promise<Step> {
    await this.start();
    await this.orders;
    await this.buildUnderWay;
    const bank = this.bank.stored(this.name);
    const { file, ...state } = await this.bank.engine.call("leaveOut", { bank, reference, actor });
    this.state = state;
    const built = this.build(actor);
    return { outcome: built.then((outcome) => ({ ...outcome, leftOut: file })) };
  }

  private async report(): Promise<Outcome> {
    await this.buildUnderWay;
    return { action: "status", ...(await this.call("bankState")) };
  }

  private async change(
    action: "undo" | "clear",
    actor: Actor,
    what: "references" | "accepted" | "defects",
  ): Promise<Outcome> {
    this.test.stop();
    const state = await this.call(action, action === "clear" ? { actor, what } : { actor });
    this.changed();
    return "undone" in state ? { action: "undo", ...state } : { action: "clear", ...state };
  }

  private build(actor: Actor): Promise<Outcome> {
    const { bank, name } = this;
    const request = bank.buildRequest(actor, name);
    const onProgress = (progress: BuildProgress) => {
      this.progress = progress;
      this.changed();
    };
    this.test.stop();
    this.progress = { done: 0, total: 1 };
    this.changed();
    const work = async (): Promise<Outcome> => {
      try {
        const built = await bank.engine.call("build", request, { onProgress, signal: this.options.signal });
        await this.call("bankState");
        this.test.start(bank, name, built, actor);
        return { action: "build", ...built };
      } finally {
        this.progress = undefined;
        this.buildUnderWay = undefined;
        this.changed();
      }
    };
    const outcome = work();
    this.buildUnderWay = outcome.catch(() => undefined);
    return outcome;
  }

  private async call<M extends "bankState" | "undo" | "clear">(method: M, more = {}): Promise<Responses[M]> {
    const request = { bank: this.bank.stored(this.name), ...more } as RequestInput<M>;
    const state = await this.bank.engine.call(method, request);
    this.state = state;
    return state;
  }

  private get unbuilt(): boolean {
    return this.state?.version === undefined || this.state.cleared;
  }

  private get wanted(): number | undefined {
    const { learnFirst } = this.options;
    if (learnFirst === undefined || !this.state || this.progress || !this.unbuilt) return undefined;
    // It was built, and its files are gone: what comes now is the line's production, and nobody said that it is good.
    if (this.state.version === undefined && this.state.missing !== undefined) return undefined;
    return this.state.references < learnFirst ? learnFirst : undefined;
  }

  private changed(): void {
    const { progress: testing } = this.test;
    const finds = this.state?.finds;
    this.options.onChange({ state: this.state, building: this.progress, testing, finds, wanted: this.wanted });
  }
}
