import { z } from "zod";
import type { Fallback, Placement } from "../../backbone/backbone";
import { smallestDefect } from "../../bank/bank-settings";
import type { Commissioning, LapsedCommissioning, MadeDefects, ScoredDefect } from "../../bank/memory-bank";
import type { DistanceMethod } from "../../bank/search";
import type { FrameHealth } from "../../health/check";
import type { Box } from "../../image/crop";
import type { MaskDecision } from "../../mask/foreground";
import type { RegionScore } from "../../score/region-scores";
import { backboneSpec } from "./backbone";
import { bankLocation } from "./bank";
import { imageSource, reuse } from "./image";
import { foregroundMode, gridMask, type MaskResult, polygon } from "./mask";

export const inspectRequests = {
  /** Loads backbone and bank, so that the first frame need not wait for them. */
  prepare: z.object({ backbone: backboneSpec, bank: bankLocation }),
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
    reuse,
    /** Whether the frame as a whole is like the references; a few milliseconds. */
    health: z.boolean().default(true),
  }),
  mask: z.object({
    image: imageSource,
    backbone: backboneSpec,
    bank: bankLocation.optional(),
    /** Of the bank that is yet to be built; one that is there knows its own. */
    smallest: smallestDefect.optional(),
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
  /** Where the best match of its worst patch lies: index of the reference, pixels in it. A subspace has none. */
  nearest?: { reference: number; x: number; y: number };
}

/** Whether everything is there that the reference shows which the frame resembles most. */
export interface MissingResult {
  /** Mean of the worst 1 % of the distances of that reference's patches to the nearest one of the frame. */
  score: number;
  /** From the references' own scores, by the default rule. */
  threshold: number;
  /** Something is missing. */
  over: boolean;
  /** From 0. */
  reference: number;
  /** Where the reference shows what is missed most, in pixels of this image. */
  x: number;
  y: number;
}

export interface ScoreResult {
  score: number;
  /** Absent where the bank cannot tell missing parts, or was not to. */
  missing?: MissingResult;
  /** Where the mask names regions: each of them, and what is looked at outside of them, by itself. */
  regionsOfInterest?: RegionScore[];
  grid: { rows: number; cols: number };
  /**
   * Patch distances, little-endian float32 [rows * cols], where asked for. `area`: what the grid covers, as shares of the
   * frame, where the bank looks at a part of it.
   */
  map?: { rows: number; cols: number; dtype: "float32"; data: Buffer; area?: Box };
  regions?: Region[];
  /** JPEG of the image with the anomaly map over it, where asked for. */
  overlay?: Buffer;
  /** Absent for banks built before there was any, and where it was not wished for. */
  health?: FrameHealth;
  /** Patch distance from which a patch is suspicious. */
  level: number;
  /** `calibration`: leave-one-image-out scores of the references; of a single one those of its altered `copies`. `search`: how distances were found. */
  bank: {
    name: string;
    version: number;
    calibration: number[];
    search: DistanceMethod;
    calibratedBy?: "copies";
    /** The made defects that a threshold must find (`lib/made-defects`), and their references without them; absent until made. */
    mustFind?: Pick<ScoredDefect, "score" | "clean" | "pixels">[];
    /** How many of them are found at another resolution, where that was tried. */
    finer?: MadeDefects["finer"];
    /** What the parts that the version was commissioned with score: they set its threshold in place of `calibration`. */
    commissioned?: Pick<Commissioning, "scores" | "by" | "time">;
    /** The commissioning that ended with the version before. */
    lapsed?: LapsedCommissioning;
  };
  backbone: string;
  /** What computed the patch tokens; `reason` says why it is not something better. */
  runtime: Placement;
  /** Set where the backbone wanted could not be had and the built-in one did the work. */
  fallback?: Fallback;
  /** In pixels; `pages` where its file has several, of which the first was looked at. */
  image: { width: number; height: number; pages?: number };
  mask: MaskDecision & { coverage: number; area?: Box };
  timing: Timing;
}

/**
 * Where a frame's milliseconds went, to the microsecond. Each of them belongs to one part, so the parts sum to `total`,
 * which is from the call to its answer as the caller saw it.
 */
export interface Timing {
  /** Waiting for other frames' inference and, in a node, for its own turn. */
  queue: number;
  /** Waiting for the backbone or the bank to be loaded; next to nothing but for the first frame. */
  load: number;
  decode: number;
  /** Resizing and normalising. */
  prepare: number;
  /** The backbone's run; of a batch, the whole of it. */
  features: number;
  /** Foreground mask, nearest neighbours and what is made of the distances. */
  match: number;
  /** The overlay. */
  draw: number;
  /** To the engine process and back, and the wait for a process that had to be started again. */
  trip: number;
  total: number;
}

export interface InspectResponses {
  /** As a score will name the bank. */
  prepare: { name: string };
  score: ScoreResult;
  mask: MaskResult;
}
