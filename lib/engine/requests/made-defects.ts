import { z } from "zod";
import type { MadeDefects } from "../../bank/memory-bank";
import { handedOn, request } from "./request";
import { backboneSpec, bankLocation, imageSource } from "./schemas";

/** A made defect for people to look at. */
export interface MadeDefectPicture {
  /** Index among the defects. */
  defect: number;
  /** JPEG of the defect and what surrounds it. */
  picture: Buffer;
}

export interface MadeDefectsResult extends MadeDefects {
  /** The bank's default one; absent where it has too few scores for one. */
  threshold?: number;
  /** How many were planned. */
  planned: number;
  pictures?: MadeDefectPicture[];
  milliseconds: number;
}

/**
 * Paints defects on a bank's references and scores each against the bank without that reference, so that any threshold
 * can be told what it would catch. What was found is kept in the bank's version.
 */
export const madeDefects = request({
  schema: z.object({
    bank: bankLocation,
    backbone: backboneSpec,
    /** The pictures that the bank was built from, in its order; absent: those kept in the bank's directory. */
    references: z.array(imageSource).min(1).optional(),
    /** How many; a round of all kinds, sizes and contrasts are 76. */
    count: z.int().min(1).max(2000).default(160),
    /** After this time those that are scored have to do; the order is one of chance. */
    seconds: z.number().positive().max(3600).default(30),
    seed: z.int().min(0).default(1),
    /** Whether each defect's picture is wanted, for a contact sheet. */
    pictures: z.boolean().default(false),
  }),
  process: "trainer",
  answer: handedOn<MadeDefectsResult>("madeDefects"),
});
