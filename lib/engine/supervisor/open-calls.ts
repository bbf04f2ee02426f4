import type { GoldenSampleError } from "../../errors";
import type { ToEngine } from "../ipc/wire";
import { requests } from "../requests";
import type { Answers, CallOptions } from "../requests/request";

/** A call that was under way in a crash is sent again once: it may have been the cause. */
const TRIES = 2;

export interface OpenCall {
  message: Extract<ToEngine, { kind: "call" }>;
  /** Calls of the same kind stopped the process lately: tried alone, and once. */
  isSuspect: boolean;
  onProgress: CallOptions["onProgress"] | undefined;
  /** To what the process asks on behalf of the call. */
  answers?: Answers | undefined;
  resolve: (result: never) => void;
  reject: (error: GoldenSampleError) => void;
  /** `performance.now()` when it was made. */
  start: number;
}

interface Entry extends OpenCall {
  tries: number;
  sent: boolean;
  /** Was under way in two crashes, but with frames beside it: it is their fault if one of them does it again alone. */
  inDoubt: boolean;
}

/** The calls that have no answer yet, in the order in which they came, and which of them may be sent. */
export class OpenCalls {
  private readonly entries = new Map<number, Entry>();
  private lastCrash: GoldenSampleError | undefined;

  /** @param onGuilty told of each call that ended the process */
  constructor(private readonly onGuilty: (message: OpenCall["message"]) => void = () => undefined) {}

  get size(): number {
    return this.entries.size;
  }

  get(id: number): OpenCall | undefined {
    return this.entries.get(id);
  }

  add(call: OpenCall): void {
    this.entries.set(call.message.id, { ...call, tries: 0, sent: false, inDoubt: false });
  }

  /** Whether the engine knows of it. */
  isSent(id: number): boolean {
    return this.entries.get(id)?.sent ?? false;
  }

  delete(id: number): void {
    this.entries.delete(id);
  }

  /**
   * What to send now. Short calls that were under way in a crash go one at a time, alone, before anything else: so the
   * one that ends the process is found out, and those that happened to be beside it are answered. Of the long ones one
   * at a time is tried again, beside the frames.
   */
  take(): OpenCall["message"][] {
    const ready = this.ready();
    for (const call of ready) {
      call.sent = true;
      call.tries++;
    }
    return ready.map((call) => call.message);
  }

  /** The process is gone: those that were under way are to be sent again, or have been often enough. */
  crashed(error: GoldenSampleError): void {
    this.lastCrash = error;
    const underWay = [...this.entries.values()].filter((call) => call.sent);
    const frames = underWay.filter((call) => !isLong(call));
    const tried = frames.length > 0 ? frames : underWay;
    const guilty = tried.filter((call) => call.tries >= (call.isSuspect ? 1 : TRIES));
    for (const call of underWay) {
      call.sent = false;
      if (call.tries < TRIES || guilty.includes(call)) continue;
      // Beside a call that is guilty, it was not the one.
      if (guilty.length > 0) call.tries = 1;
      else call.inDoubt = true;
    }
    if (guilty.length > 0) this.acquit();
    for (const call of guilty) this.convict(call, error);
  }

  /** Another process will see them as if they were new. */
  startAfresh(): void {
    for (const call of this.entries.values()) [call.sent, call.tries, call.inDoubt] = [false, 0, false];
  }

  rejectAll(error: GoldenSampleError): void {
    for (const call of this.entries.values()) call.reject(error);
  }

  private ready(): Entry[] {
    const all = [...this.entries.values()];
    const isTried = (call: Entry) => call.tries > (call.sent ? 1 : 0) || call.isSuspect;
    const suspects = all.filter((call) => isTried(call) && !isLong(call));
    const [first] = suspects;
    if (first) {
      const others = all.some((call) => call !== first && call.sent && !isLong(call));
      return first.sent || others ? [] : [first];
    }
    // No frame has done it again: it was the one beside them.
    for (const call of all) if (call.inDoubt && this.lastCrash) this.convict(call, this.lastCrash);
    const waiting = all.filter((call) => !call.sent && !call.inDoubt);
    const isRetried = all.some((call) => call.sent && isLong(call) && isTried(call));
    const [retried] = waiting.filter((call) => isLong(call) && isTried(call));
    const held = isRetried || retried !== undefined;
    return waiting.filter((call) => !(held && isLong(call)) || (call === retried && !isRetried));
  }

  private convict(call: Entry, error: GoldenSampleError): void {
    this.entries.delete(call.message.id);
    this.onGuilty(call.message);
    call.reject(error);
  }

  private acquit(): void {
    for (const call of this.entries.values()) if (call.inDoubt) [call.inDoubt, call.tries] = [false, 1];
  }
}

const isLong = ({ message }: OpenCall) => !requests[message.method].isShort;
