import { z } from "zod";
import type { BankMetadata } from "../../bank/memory-bank";
import type { ReadyBank } from "../../bank/ready-bank";
import type { BankStore } from "../../bank/store/store";
import { sha256Of } from "../../bank/store/stored-frames";
import { GoldenSampleError } from "../../errors";
import { encoded } from "../../image/encode";
import type { ImageSource } from "../../image/source";
import type { GridMask } from "../../mask/grid-mask";
import { imageScore } from "../../score/image-score";
import { patchesOver } from "../../score/typical-distance";
import { inWords, type Sentence, sentence, shortScore } from "../../sentence";
import { thresholdForRate } from "../../threshold/calibrate";
import { commissionedThreshold } from "../../threshold/commissioned";
import { defaultThreshold } from "../../threshold/default-threshold";
import type { FrameReader } from "../frames/frame";
import { matchTokens, type ScoreTools } from "../frames/score-frame";
import type { BackboneSource } from "../loaded/backbones";
import { asBuilt, mustMatch } from "../loaded/bank-backbone";
import { type Banks, storeOf } from "../loaded/banks";
import { type BankState, stateOf } from "./bank";
import { handedOn, request } from "./request";
import {
  actor,
  type BackboneRequest,
  backboneSpec,
  type Guard,
  gridMask,
  guard,
  imageSource,
  type Replay,
  type StoredBank,
  storedBank,
} from "./schemas";

export interface AcceptResult {
  name: string;
  /** The version in use now, and before. */
  version: number;
  before: number;
  /** Patches that were over the level; none leaves the version as it is. */
  added: number;
  /** Patch distance from which a patch was at fault. */
  level: number;
  /** The frame's score before and after. */
  scores: { before: number; after: number };
  /** The one that the frame was to stay under; absent where the bank has no calibration. */
  threshold?: number;
  replay?: Replay;
  /** One sentence for the user. */
  words: string;
  /** What other languages make the words from. */
  sentence?: Sentence;
}

export interface DefectResult extends BankState {
  /** Of the frame under the version in use. */
  score: number;
  threshold?: number;
  /** Whether the version in use catches it; absent without a threshold. */
  caught?: boolean;
  words: string;
  /** What other languages make the words from. */
  sentence?: Sentence;
}

const frame = {
  bank: storedBank,
  backbone: backboneSpec,
  image: imageSource,
  mask: gridMask.optional(),
  guard,
  actor,
};

/** What somebody says of a frame: that it is good, or shows a defect. */
export const feedbackRequests = {
  /** A false alarm: adds the patches at fault to the version in use, as a new version. */
  accept: request({
    schema: z.object({
      ...frame,
      keepVersions: z.int().min(1).default(10),
      pinned: z.array(z.int().positive()).default([]),
    }),
    process: "trainer",
    answer: handedOn<AcceptResult>("accept"),
  }),

  /** Keeps the frame as a known defect, which every later change is tried on. */
  keepDefect: request({
    schema: z.object(frame),
    async answer({ bank, mask, actor, ...wanted }, context): Promise<DefectResult> {
      const { banks, images } = context;
      const bytes = await encoded(images, wanted.image);
      const inspected = await inspectFrame(context, { bank, mask, ...wanted }, storeOf(bank));
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
          ...inWords(
            sentence`[defectKept] ${{ frame: known === undefined ? KEPT : KNOWN }}${{ standing: standing(score, threshold) }}`,
          ),
        };
      });
    },
  }),
};

const KEPT = sentence`[keptAsDefect] The frame is kept as a known defect`;
const KNOWN = sentence`[knownDefectAlready] The frame was a known defect already`;

function standing(found: number, limit: number | undefined): Sentence {
  const score = shortScore(found);
  if (limit === undefined)
    return sentence`[defectUnjudged] ; its score is ${{ score }}, and the bank has too few references for a threshold.`;
  const threshold = shortScore(limit);
  return found > limit
    ? sentence`[defectCaught] ; its score ${{ score }} is over the threshold ${{ threshold }}.`
    : sentence`[defectPasses] , but passes now: its score ${{ score }} is not over the threshold ${{ threshold }}: lower the threshold, or raise the resolution.`;
}

interface FeedbackFrame {
  bank: StoredBank;
  backbone: BackboneRequest;
  image: ImageSource;
  mask?: GridMask | undefined;
  guard: Guard;
}

interface InspectionTools {
  tools: ScoreTools & { frames: FrameReader };
  backbones: BackboneSource;
  banks: Banks;
}

/** A frame that somebody says something of, under the version in use. */
export async function inspectFrame(
  { tools, backbones, banks }: InspectionTools,
  { bank, backbone: spec, image, mask, guard }: FeedbackFrame,
  store: BankStore,
) {
  const version = await store.resolve();
  const ready = await banks.open({ ...bank, version });
  const { metadata } = ready.bank;
  const backbone = asBuilt(await backbones.get(spec), spec.fit, metadata);
  mustMatch(metadata, backbone.info);
  const frame = await tools.frames.read(image, backbone);
  const match = (other: ReadyBank, lack: boolean) =>
    matchTokens(tools, frame, backbone.info, other, { message: mask, lack });
  const { plain, distances, look, missing } = await match(ready, true);
  if (look.isMaskedOut) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[maskLeavesNothing] The frame's mask leaves nothing to look at, so nothing can be learned from it: send it with the mask it should have, or without one.`,
    );
  }
  const scoreWith = async (other: ReadyBank) => (await match(other, false)).distances;
  const threshold = guardThreshold(guard, metadata);
  return {
    version,
    backbone,
    frame,
    distances,
    /** The patches that the bank would have to know for none to be over a level. */
    over: (level: number) =>
      patchesOver(level, { distances: plain, mask: look.mask, cols: frame.tokens.cols }, metadata),
    metadata,
    score: imageScore(distances, metadata),
    /** What the frame lacks of the references, where the bank can tell. */
    lack: missing?.score,
    threshold,
    scoreWith,
  };
}

/** The score from which on a frame is an anomaly; undefined where the calibration has too few scores for one. */
export function guardThreshold(
  { threshold, rate }: Guard,
  { calibration, calibratedBy, commissioning }: Pick<BankMetadata, "calibration" | "calibratedBy" | "commissioning">,
): number | undefined {
  if (threshold !== undefined) return threshold;
  if (calibration.length < 2) return undefined;
  const weak = calibratedBy === "copies";
  const commissioned = commissioning?.scores;
  if (rate === undefined) return defaultThreshold(calibration, weak, commissioned).threshold;
  const chosen = commissioned
    ? commissionedThreshold(commissioned, { rate })
    : thresholdForRate(calibration, rate, { weak });
  return chosen.threshold;
}
