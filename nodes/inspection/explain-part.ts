import { type Explanation, GoldenSampleError, sentence } from "../../lib";
import { type BankHandle, findBank } from "../shared/bank-handle";
import type { Runtime } from "../shared/node-red";
import { LIMITS } from "./limits";
import type { Part } from "./part";

/** What of a part is asked of the engine, for whoever looks at it. */
export class PartPictures {
  /** Several people look at the same part: it is computed once. */
  private readonly explained = new Map<string, Promise<Explanation>>();

  constructor(private readonly RED: Runtime) {}

  /** @throws {GoldenSampleError} BAD_REQUEST where the picture is not kept any more */
  explain(node: string, part: Part): Promise<Explanation> {
    const key = `${node} ${part.number} ${part.time}`;
    const known = this.explained.get(key);
    if (known) return known;
    const fresh = this.ask(part);
    this.explained.set(key, fresh);
    fresh.catch(() => this.explained.delete(key));
    for (const oldest of this.explained.keys()) {
      if (this.explained.size <= LIMITS.explained) break;
      this.explained.delete(oldest);
    }
    return fresh;
  }

  /** The frame with the anomaly map drawn on it, a JPEG. @throws {GoldenSampleError} as `explain` */
  async overlay(part: Part): Promise<Buffer> {
    const { image, mask, bank, name } = shown(this.RED, part);
    const request = { image, bank: bank.location(name), backbone: bank.backbone, ...(mask && { mask }) };
    return (await bank.engine.call("score", { ...request, overlay: true, health: false })).overlay!;
  }

  /** A small JPEG. @throws {GoldenSampleError} as `explain` */
  async small(part: Part, edge: number): Promise<Buffer> {
    const { image, bank } = shown(this.RED, part);
    return (await bank.engine.call("picture", { image, edge })).picture;
  }

  private async ask(part: Part): Promise<Explanation> {
    const { image, mask, bank, name, version } = shown(this.RED, part);
    const request = { image, backbone: bank.backbone, ...(mask && { mask }) };
    const stored = bank.stored(name);
    try {
      // By the version that judged it, as long as that is there.
      return await bank.engine.call("explain", { ...request, bank: { ...stored, ...(version && { version }) } });
    } catch (thrown) {
      if (!(thrown instanceof GoldenSampleError) || thrown.code !== "BANK_NOT_BUILT") throw thrown;
      return bank.engine.call("explain", { ...request, bank: bank.location(name) });
    }
  }
}

/** A part whose picture is kept, and the bank that it was compared with. @throws {GoldenSampleError} BAD_REQUEST where it is not */
export function shown(RED: Runtime, { image, mask, bank, scoredBy, number }: Part) {
  if (!image || !bank) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[partPictureGone] The picture of part ${{ number }} is not kept any more: choose a newer one.`,
    );
  }
  const handle: BankHandle = findBank(RED, bank.node);
  const { name, version } = scoredBy ?? {};
  return {
    ...{ image, mask, bank: handle },
    /** The bank that scored it: by now its node may be set to another one. */
    name: typeof name === "string" ? name : bank.name,
    version: typeof version === "number" ? version : undefined,
    /** The bank that it would be scored by now. */
    nameNow: bank.name,
  };
}
