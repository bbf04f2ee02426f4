import { z } from "zod";
import { smallestDefect } from "../../bank/bank-settings";
import type { ErrorCode } from "../../errors";
import { PictureFacts } from "../../health/picture";
import type { RgbImage } from "../../image/rgb-image";
import type { Sentence } from "../../sentence";
import { type ScoreResult, scoreFrame } from "../frames/score-frame";
import { asBuilt, mustMatch } from "../loaded/bank-backbone";
import { Stopwatch } from "../timing";
import { type EngineContext, type Handling, handedOn, request } from "./request";
import {
  type BackboneRequest,
  type BankLocation,
  backboneSpec,
  bankLocation,
  foregroundMode,
  gridMask,
  imageSource,
  reuse,
} from "./schemas";

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

/** Frames and their scores, against a bank or against each other. */
export const scoreRequests = {
  /** Loads backbone and bank, so that the first frame need not wait for them. */
  prepare: request({
    schema: z.object({ backbone: backboneSpec, bank: bankLocation }),
    /** @returns the bank's name, as a score will have it */
    async answer(wanted, context, { onProgress }): Promise<{ name: string }> {
      const { bank } = await lookUp(wanted, context, onProgress);
      return { name: bank.bank.metadata.name };
    },
  }),

  score: request({
    schema: z.object({
      image: imageSource,
      backbone: backboneSpec,
      bank: bankLocation,
      /** Takes the place of the bank's own foreground mask. */
      mask: gridMask.optional(),
      /** Patch distances as they come out of the search. */
      map: z.boolean().default(false),
      regions: z.boolean().default(false),
      overlay: z.boolean().default(false),
      /** Patch distance from which a patch belongs to a region; absent: the bank's own calibration. */
      regionLevel: z.number().positive().optional(),
      reuse,
      /** Whether the frame as a whole is like the references; a few milliseconds. */
      health: z.boolean().default(true),
    }),
    isShort: true,
    async answer(wanted, context, { onProgress, signal }): Promise<ScoreResult> {
      const reader = { clock: new Stopwatch(), signal };
      const { backbone, bank } = await lookUp(wanted, context, onProgress);
      reader.clock.lap("load");
      const { tools } = context;
      // Who scores the same images again and again would have them decoded again for it.
      const options = { ...wanted, health: wanted.health && wanted.reuse === undefined };
      const picture = new PictureFacts(bank.placement, options.health && bank.bank.health !== undefined);
      const meanwhile = (image: RgbImage) => void picture.look(image);
      const frame = await tools.frames.read(wanted.image, backbone, { ...reader, meanwhile, reuse: wanted.reuse });
      const result = await scoreFrame(tools, frame, backbone, bank, options, reader, picture);
      // The trip between the processes is the caller's to know.
      return { ...result, timing: { ...reader.clock.read(), trip: 0 } };
    },
  }),

  /** Compares every image with all others of the batch; needs no references. */
  batch: request({
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
  }),
};

/** That takes a few trips to the disk, and in each a piece of a build could begin that the frame then waits for. */
async function lookUp(
  wanted: { backbone: BackboneRequest; bank: BankLocation },
  { tools, backbones, banks }: EngineContext,
  onProgress: Handling["onProgress"],
) {
  const end = tools.queues.expect();
  try {
    const asked = await backbones.get(wanted.backbone, onProgress, end);
    const bank = await banks.open(wanted.bank, { onWait: end });
    const { metadata } = bank.bank;
    const backbone = asBuilt(asked, wanted.backbone.fit, metadata);
    mustMatch(metadata, backbone.info);
    return { backbone, bank };
  } finally {
    end();
  }
}
