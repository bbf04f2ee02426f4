import { GoldenSampleError, lateError } from "../../errors";
import type { RuntimeSetting } from "../../runtime/types";
import { sentence } from "../../sentence";
import { answerQuestion, type FromEngine, fromWire } from "../ipc/wire";
import {
  type Engine,
  type EngineState,
  type Method,
  type RequestInput,
  type Responses,
  type RuntimeFacts,
  readRequest,
} from "../requests";
import type { Answers, CallOptions } from "../requests/request";
import { addTrip } from "../timing";
import { type ChildLimits, ENGINE, EngineChild, type WatchdogLimits } from "./child";
import { Convictions, type OpenCall, OpenCalls } from "./open-calls";
import { Restarts } from "./restarts";

/** Milliseconds, 24 days. */
const LONGEST_TIMER = 2 ** 31 - 1;

const LIMITS: WatchdogLimits = { silence: 10_000, start: 120_000 };

export interface ClientOptions extends Partial<ChildLimits> {
  runtime?: RuntimeSetting;
  /** Milliseconds without a call after which the process is ended, to be started again by the next; absent: it stays. */
  idle?: number;
}

export interface ClientCallOptions extends CallOptions {
  /** To what the process asks on behalf of this call. */
  answers?: Answers;
}

/**
 * The supervisor: keeps one engine process running, numbers the calls, starts the process again when it dies or hangs,
 * with growing pauses, and sends unanswered calls again, once. Requests carry everything the engine needs, so that a
 * new process loads models and banks by itself.
 */
export class EngineClient implements Omit<Engine, "release"> {
  private child: EngineChild | undefined;
  private ready = false;
  private readonly convictions: Convictions;
  private readonly users = new Map<number, number>();
  private readonly calls = new OpenCalls((message) => {
    this.convictions.add(this.users.get(message.id) ?? 0, message);
  });
  private readonly listeners = new Set<(state: EngineState, reason: string) => void>();
  private lastId = 0;
  private restart: NodeJS.Timeout | undefined;
  private resting: NodeJS.Timeout | undefined;
  private current: EngineState = "starting";
  private lastReason = "";
  private unavailable: GoldenSampleError | undefined;
  private facts: RuntimeFacts | undefined;
  private readonly restarts: Restarts;

  constructor(private readonly options: ClientOptions = {}) {
    this.restarts = new Restarts(options.runtime ?? "auto");
    this.convictions = new Convictions(undefined, (options.program ?? ENGINE).name);
  }

  get state(): EngineState {
    return this.current;
  }

  get runtime(): RuntimeFacts | undefined {
    return this.facts;
  }

  /** For diagnosis and tests. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  onState(listener: (state: EngineState, reason: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * @param user whose call it is: what one of them sends and the engine breaks at is held against that one alone
   * @throws {GoldenSampleError} BAD_REQUEST before anything is sent, TIMEOUT, CANCELLED, or what the engine answers
   */
  async call<M extends Method>(
    method: M,
    given: RequestInput<M>,
    options: ClientCallOptions = {},
    user = 0,
  ): Promise<Responses[M]> {
    if (this.current === "closed")
      throw new GoldenSampleError(
        "ENGINE_CLOSED",
        sentence`[engineClosed] The engine was closed while Node-RED was stopping.`,
      );
    if (this.current === "failed") throw this.unavailable ?? this.crashError();
    const { signal, onProgress, deadline, answers } = options;
    if (signal?.aborted) throw cancelled();
    const request = readRequest(method, given);
    const id = ++this.lastId;
    const message = { kind: "call", id, method, request } as unknown as OpenCall["message"];
    this.convictions.mustNotEnd(user, message);
    this.users.set(id, user);
    const start = performance.now();
    const cancel = () => {
      if (this.calls.isSent(id)) this.child?.send({ kind: "cancel", id });
      else this.calls.get(id)?.reject(cancelled());
    };
    let timer: NodeJS.Timeout | undefined;
    try {
      const answer = await new Promise<Responses[M]>((resolve, reject) => {
        const isSuspect = this.convictions.isSuspect(user, message);
        this.calls.add({ message, isSuspect, signal, resolve, reject, onProgress, answers, start });
        signal?.addEventListener("abort", cancel);
        // A timer that is set to more goes off at once.
        if (deadline !== undefined && !(deadline > LONGEST_TIMER)) {
          timer = setTimeout(() => {
            reject(lateError(deadline));
            cancel();
          }, deadline);
        }
        this.start();
        this.flush();
      });
      // Where the host was held up, an answer is read before the timer that is due.
      if (deadline !== undefined && performance.now() - start > deadline) throw lateError(deadline);
      return answer;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
      this.calls.delete(id);
      this.users.delete(id);
      // It may have been the one that others waited for.
      if (this.calls.size === 0) this.rest();
      else this.flush();
    }
  }

  /** Starts the process if it is not running; a pause after a crash is kept to. */
  start(): void {
    if (this.child || this.restart || this.current === "closed") return;
    this.ready = false;
    const events = {
      message: (message: FromEngine) => this.receive(message, child),
      exit: (cause: string) => {
        if (this.child === child) this.crashed(cause);
      },
    };
    const start = { runtime: this.options.runtime, ...this.restarts.learnt };
    const child: EngineChild = new EngineChild(events, start, { ...LIMITS, ...this.options });
    this.child = child;
  }

  /** Somebody has reason to believe that it would work now: tries at once what was given up for a while. */
  retry(): void {
    if (this.current !== "failed") return;
    clearTimeout(this.restart);
    this.restart = undefined;
    this.end();
    this.start();
  }

  /** Ends the process; open calls fail. */
  close(): void {
    if (this.current === "closed") return;
    this.setState("closed", "");
    clearTimeout(this.restart);
    this.restart = undefined;
    const { child } = this;
    this.child = undefined;
    child?.end();
    this.calls.rejectAll(
      new GoldenSampleError(
        "ENGINE_CLOSED",
        sentence`[engineClosed] The engine was closed while Node-RED was stopping.`,
      ),
    );
  }

  /** Ends the process at once, for good. */
  kill(): void {
    const { child } = this;
    this.close();
    child?.kill();
  }

  /** Nothing is open. */
  private rest(): void {
    this.child?.idle();
    const { idle } = this.options;
    if (idle === undefined) return;
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.end(), idle);
    this.resting.unref();
  }

  private end(): void {
    const { child } = this;
    this.child = undefined;
    this.ready = false;
    this.unavailable = undefined;
    child?.end();
    if (this.current === "failed") this.setState("restarting", this.lastReason);
  }

  private flush(): void {
    const { child } = this;
    clearTimeout(this.resting);
    // Somebody waits now, so the host must live on through the pause before a restart, too.
    this.restart?.ref();
    child?.working();
    if (!child || !this.ready) return;
    for (const message of this.calls.take()) {
      const failure = child.send(message);
      if (failure) this.calls.get(message.id)?.reject(failure);
    }
  }

  private receive(message: FromEngine, from: EngineChild): void {
    switch (message.kind) {
      case "question":
        void answerQuestion(message, this.calls.get(message.id)?.answers).then((answer) => from.send(answer));
        return;
      case "ready":
        this.ready = true;
        this.facts = message.runtime;
        this.setState("ready", "");
        if (this.calls.size > 0) this.flush();
        return;
      case "verdict":
        this.restarts.tested(message.key, message.verdict);
        return;
      case "unavailable":
        // No restart mends a missing binary; the process stays so that nobody starts it again and again.
        this.unavailable = fromWire(message.error);
        this.calls.rejectAll(this.unavailable);
        this.setState("failed", message.error.message);
        return;
      case "progress":
        this.calls.get(message.id)?.onProgress?.(message.progress);
        return;
      case "result": {
        this.restarts.answered();
        const call = this.calls.get(message.id);
        call?.resolve(addTrip(message.result, performance.now() - call.start) as never);
        return;
      }
      case "error":
        this.calls.get(message.id)?.reject(fromWire(message.error));
    }
  }

  private crashed(cause: string): void {
    const { anotherRuntime, failed, pause } = this.restarts.ended(cause, this.ready);
    this.child = undefined;
    this.ready = false;
    this.lastReason = cause;
    this.calls.rejectAborted(cancelled());
    this.calls.rejectOnce(this.crashError());
    // What another runtime makes of it is another question.
    if (anotherRuntime) this.calls.startAfresh();
    else if (failed) this.calls.rejectAll(this.crashError());
    else this.calls.crashed(this.crashError());
    this.setState(failed ? "failed" : "restarting", `the engine process stopped (${cause})`);
    this.restart = setTimeout(() => {
      this.restart = undefined;
      this.setState("restarting", this.lastReason);
      // Where it may rest, the next call starts it.
      if (this.options.idle === undefined || this.calls.size > 0) this.start();
      if (this.calls.size > 0) this.flush();
    }, pause);
    // With nothing to answer, a crashed engine is no reason for the host to stay alive.
    if (this.calls.size === 0) this.restart.unref();
  }

  private crashError(): GoldenSampleError {
    const why = this.lastReason === "" ? "see the log" : this.lastReason;
    const { name } = this.options.program ?? ENGINE;
    return new GoldenSampleError(
      "ENGINE_CRASHED",
      sentence`[processStopped] The ${{ process: name }} stopped while it worked on this (${{ why }}): it is started again by itself; if this repeats, try a smaller resolution or another backbone.`,
    );
  }

  private setState(state: EngineState, reason: string): void {
    if (this.current === state && this.lastReason === reason) return;
    this.current = state;
    if (reason !== "") this.lastReason = reason;
    for (const listener of this.listeners) listener(state, reason);
  }
}

const cancelled = () => new GoldenSampleError("CANCELLED", sentence`[requestCancelled] The request was cancelled.`);
