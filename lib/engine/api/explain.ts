import { z } from "zod";
import { backboneSpec } from "./backbone";
import { bankLocation } from "./bank";
import { imageSource } from "./image";
import type { Region } from "./inspect";
import { gridMask } from "./mask";

export const explainRequests = {
  /** A frame's verdict for people to look at, beside what it was compared with. */
  explain: z.object({
    image: imageSource,
    backbone: backboneSpec,
    bank: bankLocation,
    mask: gridMask.optional(),
  }),
  /** A frame as a small JPEG. */
  picture: z.object({
    image: imageSource,
    /** Its longer edge at most, px; never enlarged. */
    edge: z.int().min(16).max(4096),
  }),
};

export interface Explanation {
  score: number;
  /** JPEG of the upright frame. */
  picture: Buffer;
  /** PNG of the same proportions, transparent where nothing is suspicious, to be laid over it. */
  heat: Buffer;
  /** Pixels of the upright frame, in which the regions are. */
  image: { width: number; height: number };
  /** Worst first. */
  regions: Region[];
  /** The worst region, and where the reference that it is nearest to shows the same; absent where nothing is suspicious. */
  worst?: {
    /** JPEG. */
    patch: Buffer;
    /** JPEG of the reference, absent where it is not kept any more. */
    golden?: Buffer;
    /** The reference's number, from 1. */
    reference?: number;
  };
}

export interface ExplainResponses {
  explain: Explanation;
  picture: { picture: Buffer };
}
