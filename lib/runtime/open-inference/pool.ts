import { GoldenSampleError } from "../../errors";
import { sentence } from "../../sentence";
import type { Endpoint, RemoteModel } from "./endpoint";
import { TryFailed } from "./failures";

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;
const FIRST_BACK_OFF = 100;
const LONGEST_BACK_OFF = 2_000;

interface Member {
  endpoint: Endpoint;
  healthy: boolean;
  /** Failures since the last success. */
  failures: number;
  /** `performance.now()` from which it is asked again. */
  again: number;
  checking: Promise<void> | undefined;
}

/**
 * Several servers with the same model: requests go round the healthy ones; one that fails is left out, and asked again
 * after a pause that grows, beside the frames and not before them, so that a dead machine delays nobody.
 */
export class Pool {
  private readonly members: Member[];
  private turn = 0;
  private model: RemoteModel | undefined;

  constructor(
    endpoints: readonly Endpoint[],
    private readonly retries: number,
  ) {
    this.members = endpoints.map((endpoint) => ({
      endpoint,
      healthy: false,
      failures: 0,
      again: 0,
      checking: undefined,
    }));
  }

  /** Checks all servers; one that answers is enough. @throws {GoldenSampleError} what the first one said */
  async open(): Promise<RemoteModel> {
    // One after the other where they agree on the model: the first in the list decides what the others must serve.
    const failures: unknown[] = [];
    for (let round = 0; ; round++) {
      failures.length = 0;
      for (const member of this.members) await this.check(member).catch((thrown: unknown) => failures.push(thrown));
      if (this.model) return this.model;
      const passing = failures.some((thrown) => thrown instanceof TryFailed && thrown.retry === "again");
      if (!passing || round >= this.retries) throw errorOf(failures[0]);
      await backOff(round);
    }
  }

  /**
   * Runs `work` on a healthy server; on connection errors and 503 again, elsewhere first.
   * @throws {GoldenSampleError} what the last try came to
   */
  async run<T>(work: (endpoint: Endpoint) => Promise<T>): Promise<T> {
    const refused = new Set<Member>();
    for (let tries = 1, waits = 0; ; tries++) {
      let member: Member | undefined;
      let failure: TryFailed;
      try {
        member = await this.next(refused);
        const result = await work(member.endpoint);
        recovered(member);
        return result;
      } catch (thrown) {
        if (!(thrown instanceof TryFailed) || thrown.retry === "never") throw errorOf(thrown);
        failure = thrown;
        // A member that could not be had has been noted down by its check.
        if (member) failed(member);
        if (member && thrown.retry === "elsewhere") refused.add(member);
      }
      const elsewhere = this.members.some((other) => other.healthy && !refused.has(other));
      const spent = tries >= this.members.length + this.retries;
      if (spent || (!elsewhere && failure.retry === "elsewhere")) throw failure.error;
      if (!elsewhere) await backOff(waits++);
    }
  }

  close(): void {
    for (const { endpoint } of this.members) endpoint.close();
  }

  private async next(refused: ReadonlySet<Member>): Promise<Member> {
    const now = performance.now();
    const open = this.members.filter((member) => !refused.has(member));
    const healthy = open.filter((member) => member.healthy);
    for (const member of open) {
      if (!member.healthy && member.again <= now) this.check(member).catch(() => undefined);
    }
    if (healthy.length > 0) return healthy[this.turn++ % healthy.length]!;
    const candidates = open.length > 0 ? open : this.members;
    const soonest = candidates.reduce((best, member) => (member.again < best.again ? member : best));
    await this.check(soonest);
    return soonest;
  }

  private check(member: Member): Promise<void> {
    member.checking ??= this.verify(member).finally(() => {
      member.checking = undefined;
    });
    return member.checking;
  }

  private async verify(member: Member): Promise<void> {
    try {
      const model = await member.endpoint.check();
      this.model ??= model;
      if (model.identity !== this.model.identity) throw otherModel(member.endpoint.address);
      recovered(member);
    } catch (thrown) {
      failed(member);
      throw thrown;
    }
  }
}

function otherModel(address: string): TryFailed {
  const message = sentence`[serverOtherModel] The inference server ${{ endpoint: address }} serves another model under this name than the first one did: give all servers the same model and version.`;
  return new TryFailed(new GoldenSampleError("BAD_BACKBONE", message), "elsewhere");
}

function recovered(member: Member): void {
  member.healthy = true;
  member.failures = 0;
}

function failed(member: Member): void {
  const now = performance.now();
  // All frames that were under way to a dying server are one failure, not many.
  if (!member.healthy && member.again > now) return;
  member.healthy = false;
  member.again = now + Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** member.failures);
  member.failures++;
}

/** Growing, and never the same for two clients that were cut off together. */
function backOff(round: number): Promise<void> {
  const longest = Math.min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2 ** round);
  return new Promise((resolve) => setTimeout(resolve, longest * (0.5 + Math.random() / 2)));
}

const errorOf = (thrown: unknown) => (thrown instanceof TryFailed ? thrown.error : thrown);
