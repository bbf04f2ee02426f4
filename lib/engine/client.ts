import { GoldenSampleError } from "../errors";
import type { CallOptions, Engine, EngineState, Method, RequestInput, Responses } from "./api";
import { EngineChild } from "./child";
import { type FromEngine, fromWire, type ToEngine } from "./wire";

/** A call that was under way in a crash is sent again once: it may have been the cause. */
const TRIES = 2;
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 30_000;
/** Crashes without an answer in between after which callers are told at once instead of being kept waiting. */
const GIVE_UP = 5;

interface Call {
  message: Extract<ToEngine, { kind: "call" }>;
  tries: number;
  sent: boolean;
  resolve: (result: never) => void;
  reject: (error: GoldenSampleError) => void;
  onProgress: CallOptions["onProgress"] | undefined;
}

/**
 * The supervisor: keeps one engine process running, numbers the calls, starts the process again when it dies, with
 * growing pauses, and sends unanswered calls again, once. Requests carry everything the engine needs, so that a new
 * process loads models and banks by itself.
 */
export class EngineClient implements Omit<Engine, "release"> {
  private child: EngineChild | undefined;
  private ready = false;
  private readonly calls = new Map<number, Call>();
  private readonly listeners = new Set<(state: EngineState, reason: string) => void>();
  private lastId = 0;
  private crashes = 0;
  private restart: NodeJS.Timeout | undefined;
  private current: EngineState = "starting";
  private lastReason = "";
  private unavailable: GoldenSampleError | undefined;

  get state(): EngineState {
    return this.current;
  }

  /** For diagnosis and tests. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  onState(listener: (state: EngineState, reason: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async call<M extends Method>(method: M, request: RequestInput<M>, options: CallOptions = {}): Promise<Responses[M]> {
    if (this.current === "closed")
      throw new GoldenSampleError("ENGINE_CLOSED", "The engine was closed while Node-RED was stopping.");
    if (this.current === "failed") throw this.unavailable ?? this.crashError();
    const { signal, onProgress } = options;
    if (signal?.aborted) throw new GoldenSampleError("CANCELLED", "The request was cancelled.");
    const id = ++this.lastId;
    const cancel = () => this.child?.send({ kind: "cancel", id });
    try {
      return await new Promise<Responses[M]>((resolve, reject) => {
        const message = { kind: "call", id, method, request } as unknown as Call["message"];
        this.calls.set(id, { message, tries: 0, sent: false, resolve, reject, onProgress });
        signal?.addEventListener("abort", cancel);
        this.start();
        this.flush();
      });
    } finally {
      signal?.removeEventListener("abort", cancel);
      this.calls.delete(id);
      if (this.calls.size === 0) this.child?.idle();
    }
  }

  /** Starts the process if it is not running; a pause after a crash is kept to. */
  start(): void {
    if (this.child || this.restart || this.current === "closed") return;
    this.ready = false;
    const child = new EngineChild({
      message: (message) => this.receive(message),
      exit: (cause) => {
        if (this.child === child) this.crashed(cause);
      },
    });
    this.child = child;
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
    this.rejectAll(new GoldenSampleError("ENGINE_CLOSED", "The engine was closed while Node-RED was stopping."));
  }

  private flush(): void {
    const { child } = this;
    // Somebody waits now, so the host must live on through the pause before a restart, too.
    this.restart?.ref();
    child?.working();
    if (!child || !this.ready) return;
    for (const call of this.calls.values()) {
      if (call.sent) continue;
      call.sent = true;
      call.tries++;
      child.send(call.message);
    }
  }

  private receive(message: FromEngine): void {
    switch (message.kind) {
      case "ready":
        this.ready = true;
        this.setState("ready", "");
        if (this.calls.size > 0) this.flush();
        return;
      case "unavailable":
        // No restart mends a missing binary; the process stays so that nobody starts it again and again.
        this.unavailable = fromWire(message.error);
        this.rejectAll(this.unavailable);
        this.setState("failed", message.error.message);
        return;
      case "progress":
        this.calls.get(message.id)?.onProgress?.(message.progress);
        return;
      case "result":
        this.crashes = 0;
        this.calls.get(message.id)?.resolve(message.result as never);
        return;
      case "error":
        this.calls.get(message.id)?.reject(fromWire(message.error));
    }
  }

  private crashed(cause: string): void {
    this.child = undefined;
    this.ready = false;
    this.crashes++;
    this.lastReason = cause;
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (this.crashes - 1));
    const failed = this.crashes >= GIVE_UP;
    for (const call of this.calls.values()) {
      call.sent = false;
      if (failed || call.tries >= TRIES) call.reject(this.crashError());
    }
    this.setState(failed ? "failed" : "restarting", `the engine process stopped (${cause})`);
    this.restart = setTimeout(() => {
      this.restart = undefined;
      this.setState("restarting", this.lastReason);
      this.start();
      if (this.calls.size > 0) this.flush();
    }, pause);
    // With nothing to answer, a crashed engine is no reason for the host to stay alive.
    if (this.calls.size === 0) this.restart.unref();
  }

  private crashError(): GoldenSampleError {
    const why = this.lastReason === "" ? "see the log" : this.lastReason;
    return new GoldenSampleError(
      "ENGINE_CRASHED",
      `The inference process stopped while it worked on this (${why}): it is started again by itself; if this repeats, try a smaller resolution or another backbone.`,
    );
  }

  private rejectAll(error: GoldenSampleError): void {
    for (const call of this.calls.values()) call.reject(error);
  }

  private setState(state: EngineState, reason: string): void {
    if (this.current === state && this.lastReason === reason) return;
    this.current = state;
    if (reason !== "") this.lastReason = reason;
    for (const listener of this.listeners) listener(state, reason);
  }
}
