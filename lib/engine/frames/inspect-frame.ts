import type { BankMetadata } from "../../bank/memory-bank";
import type { ReadyBank } from "../../bank/ready-bank";
import type { BankStore } from "../../bank/store/store";
import { GoldenSampleError } from "../../errors";
import type { ImageSource } from "../../image/source";
import type { GridMask } from "../../mask/grid-mask";
import { imageScore } from "../../score/image-score";
import { patchesOver } from "../../score/typical-distance";
import { sentence } from "../../sentence";
import { thresholdForRate } from "../../threshold/calibrate";
import { commissionedThreshold } from "../../threshold/commissioned";
import { defaultThreshold } from "../../threshold/default-threshold";
import type { BackboneSource } from "../loaded/backbones";
import { asBuilt, mustMatch } from "../loaded/bank-backbone";
import type { Banks } from "../loaded/banks";
import type { BackboneRequest, Guard, StoredBank } from "../requests/schemas";
import type { FrameReader } from "./frame";
import { matchTokens, type ScoreTools } from "./score-frame";

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
    over: (level: number) => patchesOver(level, plain, look.mask, metadata),
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
