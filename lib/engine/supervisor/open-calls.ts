import { createHash } from "node:crypto";
import { GoldenSampleError } from "../../errors";
import { type Sentence, sentence } from "../../sentence";
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
  /** Aborted: nobody waits for it any more. */
  signal?: AbortSignal | undefined;
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

  /** What was taken back from a process that has ended since: the next one would do it all the same. */
  rejectAborted(error: GoldenSampleError): void {
    this.rejectEach((call) => call.signal?.aborted === true, error);
  }

  /** What was under way and may be done by now, where doing it again would do more. */
  rejectOnce(error: GoldenSampleError): void {
    this.rejectEach((call) => call.sent && isOnce(call), error);
  }

  /** Another process will see them as if they were new. */
  startAfresh(): void {
    for (const call of this.entries.values()) [call.sent, call.tries, call.inDoubt] = [false, 0, false];
  }

  rejectAll(error: GoldenSampleError): void {
    for (const call of this.entries.values()) call.reject(error);
  }

  private rejectEach(isMeant: (call: Entry) => boolean, error: GoldenSampleError): void {
    for (const [id, call] of this.entries) {
      if (!isMeant(call)) continue;
      this.entries.delete(id);
      call.reject(error);
    }
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

const isOnce = ({ message }: OpenCall) => (requests[message.method] as { isOnce?: boolean }).isOnce === true;
const isLong = ({ message }: OpenCall) => !requests[message.method].isShort;

type Call = Extract<ToEngine, { kind: "call" }>;

/** Milliseconds for which it is remembered that a call ended the engine. */
const REMEMBERED = 10 * 60_000;
/** Calls of a kind that ended the engine, after which none of that kind is sent any more. */
const MOST = 3;
const KEPT = 1000;

interface Conviction {
  count: number;
  /** When the last one was, as `now` counts. */
  at: number;
}

/**
 * Calls that ended the engine process, by whoever made them (a deploy makes new users, who begin without a record): where every frame of one flow does (a poisoned bank, a
 * picture that a library breaks at), the other flows' frames would be under way in one crash after the other.
 */
export class Convictions {
  private readonly calls = new Map<string, Conviction>();

  /**
   * @param now milliseconds, by a clock that nobody sets: ten minutes would be a day where it is put back by one
   * @param process that the calls ended, in words
   */
  constructor(
    private readonly now: () => number = () => performance.now(),
    private readonly process: Sentence = sentence`[inferenceProcess] inference process`,
  ) {}

  add(user: number, call: Call): void {
    for (const key of [kindOf(user, call), contentOf(user, call)]) {
      const count = (this.of(key)?.count ?? 0) + 1;
      this.calls.delete(key);
      this.calls.set(key, { count, at: this.now() });
    }
    for (const key of this.calls.keys()) if (this.calls.size > KEPT) this.calls.delete(key);
  }

  /** Whether calls like this one ended the engine lately: it is to be tried alone. */
  isSuspect(user: number, call: Call): boolean {
    return this.of(kindOf(user, call)) !== undefined;
  }

  /** @throws {GoldenSampleError} ENGINE_CRASHED for a call that has ended the engine, or one of a kind that always does */
  mustNotEnd(user: number, call: Call): void {
    if (this.calls.size === 0) return;
    const isSame = this.of(contentOf(user, call)) !== undefined;
    if (!isSame && (this.of(kindOf(user, call))?.count ?? 0) < MOST) return;
    throw new GoldenSampleError(
      "ENGINE_CRASHED",
      isSame
        ? sentence`[requestStops] This very request stopped the ${{ process: this.process }} twice and is not sent again for ten minutes: leave this image out, or try a smaller resolution or another backbone, and deploy.`
        : sentence`[requestsStop] The last ${{ most: MOST }} requests of this kind each stopped the ${{ process: this.process }}, so none is sent for ten minutes: build the bank again, or try a smaller resolution or another backbone, and deploy.`,
    );
  }

  private of(key: string): Conviction | undefined {
    const found = this.calls.get(key);
    return found && this.now() - found.at < REMEMBERED ? found : undefined;
  }
}

/** All but the images. */
function kindOf(user: number, { method, request }: Call): string {
  const { bank, backbone, models } = request as { bank?: unknown; backbone?: unknown; models?: unknown };
  return JSON.stringify([user, method, bank, backbone, models]);
}

function contentOf(user: number, call: Call): string {
  const hash = createHash("sha1").update(JSON.stringify([user, call.method]));
  addTo(hash, call.request);
  return hash.digest("base64");
}

function addTo(hash: ReturnType<typeof createHash>, value: unknown): void {
  if (value instanceof Uint8Array) hash.update(value);
  else if (typeof value !== "object" || value === null) hash.update(`${typeof value} ${String(value)};`);
  else {
    for (const [key, inner] of Object.entries(value)) {
      hash.update(`${key}:`);
      addTo(hash, inner);
    }
  }
}
