import type { Fallback, Placement } from "../../backbone/backbone";
import type { Commissioning, LapsedCommissioning, MadeDefects, ScoredDefect } from "../../bank/memory-bank";
import type { DistanceMethod } from "../../bank/search";
import type { FrameHealth } from "../../health/check";
import type { Box } from "../../image/crop";
import type { MaskDecision } from "../../mask/foreground";
import type { RegionScore } from "../../score/region-scores";
import type { Timing } from "../timing";

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
  /** Absent for banks built before there was any, and where it was not asked for. */
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
