import { z } from "zod";
import { backboneSpec } from "./backbone";
import { actor, type BankState, storedBank } from "./bank";
import { guard, type Replay } from "./guard";
import { imageSource } from "./image";
import { gridMask } from "./mask";

const frame = {
  bank: storedBank,
  backbone: backboneSpec,
  image: imageSource,
  mask: gridMask.optional(),
  guard,
  actor,
};

export const feedbackRequests = {
  /** A false alarm: adds the patches at fault to the version in use, as a new version. */
  accept: z.object({
    ...frame,
    keepVersions: z.int().min(1).default(10),
    pinned: z.array(z.int().positive()).default([]),
  }),
  /** Keeps the frame as a known defect, which every later change is tried on. */
  keepDefect: z.object(frame),
};

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
}

export interface DefectResult extends BankState {
  /** Of the frame under the version in use. */
  score: number;
  threshold?: number;
  /** Whether the version in use catches it; absent without a threshold. */
  caught?: boolean;
  words: string;
}

export interface FeedbackResponses {
  accept: AcceptResult;
  keepDefect: DefectResult;
}
