import { z } from "zod";
import { smallestDefect } from "../../bank/bank-settings";
import type { ErrorCode } from "../../errors";
import type { Sentence } from "../../sentence";
import type { ScoreResult } from "../frames/score-frame";
import { handedOn, request } from "./request";
import { backboneSpec, foregroundMode, gridMask, imageSource, reuse } from "./schemas";

/** Images of one batch. */
const MAX_BATCH = 1000;

/** An image compared with the others; the number of a region's nearest reference is that of an image of the batch. */
export interface BatchItem extends Omit<ScoreResult, "bank"> {
  /** Its place from 0, and the images that were compared. */
  batch: { index: number; size: number };
}

/** Why an image is not part of the comparison. */
export interface BatchFailure {
  error: { code: ErrorCode; message: string; sentence?: Sentence };
}

/** Compares every image with all others of the batch; needs no references. */
export const batch = request({
  schema: z.object({
    images: z
      .array(
        z.object({
          image: imageSource,
          /** Takes the place of the foreground mask. */
          mask: gridMask.optional(),
        }),
      )
      .min(2, "a batch needs at least two images")
      .max(MAX_BATCH, `a batch has at most ${MAX_BATCH} images`),
    backbone: backboneSpec,
    /** As a bank's setting of that name; absent: the resolution decides. */
    smallest: smallestDefect.optional(),
    foreground: foregroundMode.default("auto"),
    map: z.boolean().default(false),
    regions: z.boolean().default(false),
    overlay: z.boolean().default(false),
    reuse,
  }),
  process: "trainer",
  /** @returns results in the images' order */
  answer: handedOn<{ results: (BatchItem | BatchFailure)[] }>("batch"),
});
