import { createHash } from "node:crypto";
import { GoldenSampleError } from "../../errors";
import { type Sentence, sentence } from "../../sentence";
import type { ToEngine } from "../ipc/wire";

type Call = Extract<ToEngine, { kind: "call" }>;

/** Milliseconds for which it is remembered that a call ended the engine. */
const REMEMBERED = 10 * 60_000;
/** Calls of a kind that ended the engine, after which none of that kind is sent any more. */
const MOST = 3;
const KEPT = 1000;

interface Conviction {
  count: number;
  /** `Date.now()` of the last one. */
  at: number;
}

/**
 * Calls that ended the engine process, by whoever made them (a deploy makes new users, who begin without a record): where every frame of one flow does (a poisoned bank, a
 * picture that a library breaks at), the other flows' frames would be under way in one crash after the other.
 */
export class Convictions {
  private readonly calls = new Map<string, Conviction>();

  /**
   * @param now milliseconds; for tests
   * @param process that the calls ended, in words
   */
  constructor(
    private readonly now: () => number = Date.now,
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
