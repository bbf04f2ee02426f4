import type { GoldenSampleError } from "../../errors";
import type { CallOptions, Method } from "../api";
import type { ToEngine } from "../ipc/wire";

/** A call that was under way in a crash is sent again once: it may have been the cause. */
const TRIES = 2;
/** Answered soon, so that others can wait while one of them is tried alone. */
const FRAMES: readonly Method[] = ["score", "mask"];

export interface OpenCall {
  message: Extract<ToEngine, { kind: "call" }>;
  onProgress: CallOptions["onProgress"] | undefined;
  resolve: (result: never) => void;
  reject: (error: GoldenSampleError) => void;
  /** `performance.now()` when it was made. */
  start: number;
}

interface Entry extends OpenCall {
  tries: number;
  sent: boolean;
}

/** The calls that have no answer yet, in the order in which they came, and which of them may be sent. */
export class OpenCalls {
  private readonly entries = new Map<number, Entry>();

  get size(): number {
    return this.entries.size;
  }

  get(id: number): OpenCall | undefined {
    return this.entries.get(id);
  }

  add(call: OpenCall): void {
    this.entries.set(call.message.id, { ...call, tries: 0, sent: false });
  }

  /** Whether the engine knows of it. */
  isSent(id: number): boolean {
    return this.entries.get(id)?.sent ?? false;
  }

  delete(id: number): void {
    this.entries.delete(id);
  }

  /**
   * What to send now. Frames that were under way in a crash go one at a time, alone, before anything else: so the one
   * that ends the process is found out, and those that happened to be beside it are answered.
   */
  take(): OpenCall["message"][] {
    const all = [...this.entries.values()];
    const [suspect] = all.filter((call) => call.tries > (call.sent ? 1 : 0) && FRAMES.includes(call.message.method));
    const ready = suspect ? [suspect].filter((call) => !call.sent) : all.filter((call) => !call.sent);
    for (const call of ready) {
      call.sent = true;
      call.tries++;
    }
    return ready.map((call) => call.message);
  }

  /** The process is gone: those that were under way are to be sent again, or have been often enough. */
  crashed(error: GoldenSampleError): void {
    for (const call of this.entries.values()) {
      call.sent = false;
      if (call.tries >= TRIES) call.reject(error);
    }
  }

  /** Another process will see them as if they were new. */
  startAfresh(): void {
    for (const call of this.entries.values()) [call.sent, call.tries] = [false, 0];
  }

  rejectAll(error: GoldenSampleError): void {
    for (const call of this.entries.values()) call.reject(error);
  }
}
