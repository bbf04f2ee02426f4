import { z } from "zod";
import type { Fallback } from "../../backbone/backbone";
import { box } from "../../bank/bank-settings";
import type { Box } from "../../image/crop";
import type { MaskDecision } from "../../mask/foreground";
import { MOST_NAME, MOST_REGIONS, type NamedRegion } from "../../mask/named-region";
import { buffer } from "./image";

const share = z.number().min(0).max(1);
export const polygon = z.array(z.tuple([share, share])).min(3);

const namedRegion = z.object({
  name: z.string().trim().min(1).max(MOST_NAME),
  threshold: z.number().optional(),
  outlines: z.array(polygon).min(1),
});

export const gridMask = z
  .object({
    rows: z.int().positive(),
    cols: z.int().positive(),
    dtype: z.literal("uint8"),
    data: buffer,
    /** What the grid covers, and the box around the regions it was made with, as shares of the frame. */
    area: box.optional(),
    region: box.optional(),
    /** Regions that are scored by themselves, too; what the mask leaves out of them is not looked at. */
    regionsOfInterest: z.array(namedRegion).max(MOST_REGIONS).optional(),
  })
  .refine(({ data }) => data.every((byte) => byte <= 1), "a mask holds 1 where to look and 0 elsewhere");

export const foregroundMode = z.enum(["auto", "on", "off"]);
/** A mask on the patch grid as messages carry it: uint8 [rows * cols], 1 = look here. */
export interface MaskMessage {
  rows: number;
  cols: number;
  dtype: "uint8";
  data: Buffer;
  /** What the grid covers, as shares of the frame; absent: all of it. */
  area?: Box | undefined;
  /** The box around the regions it was made with, as shares of the frame; absent: there were none. */
  region?: Box | undefined;
  /** Regions that are judged by themselves, too. */
  regionsOfInterest?: NamedRegion[] | undefined;
}

export interface MaskResult extends MaskMessage {
  /** Share of the grid that is looked at, 0..1. */
  coverage: number;
  foreground: MaskDecision;
  /** See `ScoreResult`. */
  image: { width: number; height: number; pages?: number };
  /** JPEG of the image with what is left out darkened, where asked for. */
  picture?: Buffer;
  fallback?: Fallback;
}
