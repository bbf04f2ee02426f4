import { z } from "zod";
import type { Fallback } from "../../backbone/backbone";
import type { MaskDecision } from "../../mask/foreground";
import { backboneSpec } from "./backbone";
import { bankLocation } from "./bank";
import { imageSource } from "./image";
import { foregroundMode, gridMask, type MaskResult, polygon } from "./mask";

export const inspectRequests = {
  score: z.object({
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
  }),
  mask: z.object({
    image: imageSource,
    backbone: backboneSpec,
    bank: bankLocation.optional(),
    foreground: foregroundMode,
    include: z.array(polygon).default([]),
    exclude: z.array(polygon).default([]),
    picture: z.boolean().default(false),
  }),
};

/** A connected area of suspicious patches, in pixels of the upright image. */
export interface Region {
  x: number;
  y: number;
  width: number;
  height: number;
  /** Pixels. */
  area: number;
  /** Largest patch distance in it. */
  score: number;
  /** Where the best match of its worst patch lies: index of the reference, pixels in it. */
  nearest: { reference: number; x: number; y: number };
}

export interface ScoreResult {
  score: number;
  grid: { rows: number; cols: number };
  /** Patch distances, little-endian float32 [rows * cols], where asked for. */
  map?: { rows: number; cols: number; dtype: "float32"; data: Buffer };
  regions?: Region[];
  /** JPEG of the image with the anomaly map over it, where asked for. */
  overlay?: Buffer;
  /** `calibration`: leave-one-image-out scores of the bank's references. */
  bank: { name: string; version: number; calibration: number[] };
  backbone: string;
  /** Set where the backbone wanted could not be had and the built-in one did the work. */
  fallback?: Fallback;
  image: { width: number; height: number };
  mask: MaskDecision & { coverage: number };
  /** Milliseconds; `queue` is the wait for other frames' inference. */
  timing: { queue: number; decode: number; features: number; match: number; total: number };
}

export interface InspectResponses {
  score: ScoreResult;
  mask: MaskResult;
}
