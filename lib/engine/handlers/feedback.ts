import { withAccepted } from "../../bank/accept";
import { readBundle } from "../../bank/file/bundle";
import type { Commissioning } from "../../bank/memory-bank";
import type { ReadyBank } from "../../bank/ready-bank";
import { sha256Of } from "../../bank/store/kept-frames";
import type { BankStore } from "../../bank/store/store";
import { GoldenSampleError } from "../../errors";
import { shrinkToFit } from "../../image/encode";
import { imageScore } from "../../score/image-score";
import { suspiciousLevel } from "../../score/level";
import type { AcceptResult, DefectResult, FeedbackResponses, Replay, Request } from "../api";
import { THUMBNAIL } from "../building/build-bank";
import { encoded } from "../building/encoded";
import { replayDefects, thresholdOf } from "../building/replay";
import { matchTokens } from "../frames/score-frame";
import type { Handlers, Handling, Workshop } from "../handling";
import { asBuilt } from "../loaded/as-built";
import { mustMatch, storeOf } from "../loaded/banks";
import { stateOf } from "./bank";

/** What people say of a verdict: a false alarm, or a defect to be remembered. */
export function feedbackHandlers(workshop: Workshop): Handlers<keyof FeedbackResponses> {
  const { tools, backbones, banks, images } = workshop;
  const { inTurn } = tools.queues;
  return {
    async accept(request: Request<"accept">, handling: Handling): Promise<AcceptResult> {
      const bytes = await encoded(images, request.image);
      return banks.change(request.bank, (store) => accept(request, handling, store, bytes));
    },

    async keepDefect({ bank, mask, actor, ...request }: Request<"keepDefect">): Promise<DefectResult> {
      const bytes = await encoded(images, request.image);
      const inspected = await inspect({ bank, mask, ...request }, storeOf(bank));
      const { score, threshold } = inspected;
      return banks.change(bank, async (store) => {
        const known = await store.defects.find(sha256Of(bytes));
        if (known === undefined) await store.addDefect(bytes, mask, actor);
        const caught = threshold === undefined ? undefined : score > threshold;
        return {
          ...(await stateOf(store)),
          score,
          ...(threshold !== undefined && { threshold }),
          ...(caught !== undefined && { caught }),
          words: `${known === undefined ? "The frame is kept as a known defect" : "The frame was a known defect already"}${standing(score, threshold)}`,
        };
      });
    },
  };

  type Frame = Pick<Request<"accept">, "bank" | "backbone" | "image" | "mask" | "guard">;

  /** The frame under the version in use. */
  async function inspect({ bank, backbone: spec, image, mask, guard }: Frame, store: BankStore) {
    const version = await store.resolve();
    const ready = await banks.open({ ...bank, version });
    const { metadata } = ready.bank;
    const backbone = asBuilt(await backbones.get(spec), spec.fit, metadata);
    mustMatch(metadata, backbone.info);
    const frame = await tools.frames.read(image, backbone);
    const match = (other: ReadyBank) => matchTokens(tools, frame, backbone.info, other, mask, "frame");
    const { distances, look } = await match(ready);
    if (look.isMaskedOut) {
      throw new GoldenSampleError(
        "BAD_REQUEST",
        "The frame's mask leaves nothing to look at, so nothing can be learned from it: send it with the mask it should have, or without one.",
      );
    }
    const scoreWith = async (other: ReadyBank) => (await match(other)).distances;
    const threshold = thresholdOf(guard, metadata);
    return {
      version,
      backbone,
      frame,
      distances,
      metadata,
      score: imageScore(distances, metadata),
      threshold,
      scoreWith,
    };
  }

  async function accept(
    request: Request<"accept">,
    { signal }: Handling,
    store: BankStore,
    bytes: Buffer,
  ): Promise<AcceptResult> {
    const inspected = await inspect(request, store);
    const { version, backbone, frame, distances, metadata, score, threshold } = inspected;
    const { tokens } = frame;
    // No patch that stays may lift the score over the threshold.
    const level = Math.min(suspiciousLevel(metadata, distances), threshold ?? Number.POSITIVE_INFINITY);
    const rows = Array.from(distances.keys()).filter((i) => distances[i]! > level);
    const facts = { name: store.name, before: version, level, ...(threshold !== undefined && { threshold }) };
    if (rows.length === 0) {
      const words = `No patch of the frame is over the level ${short(level)}: nothing was changed.`;
      return { ...facts, version, added: 0, scores: { before: score, after: score }, words };
    }
    const sha256 = sha256Of(bytes);
    const parent = await readBundle(store.versionFile(version));
    const grown = withAccepted(parent, {
      tokens,
      rows,
      thumbnail: await shrinkToFit(await frame.image(), THUMBNAIL),
      sha256,
    });
    const { by, message } = request.actor;
    grown.metadata.created = new Date().toISOString();
    grown.metadata.origin = { kind: "ok", parent: version, by, ...(message !== undefined && { message }) };
    let after = score;
    let replay: Replay | undefined;
    const trial = async (file: string) => {
      const ready = await banks.open({ file }, { inTurn });
      after = imageScore(await inspected.scoreWith(ready), ready.bank.metadata);
      replay = await replayDefects(workshop, { store, backbone, guard: request.guard, signal }, ready);
    };
    const mask = { rows: tokens.rows, cols: tokens.cols, data: Buffer.alloc(distances.length) };
    for (const row of rows) mask.data[row] = 1;
    const note = `${rows.length} patches of a false alarm added`;
    const made = await store.saveAccepted(grown, bytes, mask, { ...request, frame: sha256, note, trial });
    return {
      ...facts,
      version: made,
      added: rows.length,
      scores: { before: score, after },
      ...(replay && { replay }),
      words: `Version ${made} has ${rows.length} more ${rows.length === 1 ? "patch" : "patches"}; the frame's score falls from ${short(score)} to ${short(after)}.${stays(metadata.commissioning)}`,
    };
  }
}

const short = (score: number) => score.toPrecision(3);

const stays = (commissioning: Commissioning | undefined) =>
  commissioning ? ` Its threshold stays, commissioned with ${commissioning.scores.length} parts: no score rises.` : "";

function standing(score: number, threshold: number | undefined): string {
  if (threshold === undefined)
    return `; its score is ${short(score)}, and the bank has too few references for a threshold.`;
  if (score > threshold) return `; its score ${short(score)} is over the threshold ${short(threshold)}.`;
  return `, but passes now: its score ${short(score)} is not over the threshold ${short(threshold)}: lower the threshold, or raise the resolution.`;
}
