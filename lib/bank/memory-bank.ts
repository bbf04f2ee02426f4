import { z } from "zod";
import { descriptionOverrides } from "../backbone/description";
import { FITS } from "../backbone/fit";
import type { Sentence } from "../sentence";
import { bankSettings, box } from "./bank-settings";
import type { Thumbnail } from "./placement";
import type { Whitening } from "./whitening";

/** From which patch distance on a patch is suspicious, and the share of good parts' patches that lies over it. */
const patchCalibration = z.object({
  level: z.number(),
  /** Mean over the references, and where the true share lies at 95 % confidence; 0..1. */
  rate: z.number(),
  low: z.number(),
  high: z.number(),
});
export type PatchCalibration = z.output<typeof patchCalibration>;

/** Of the median patch distances of the references, each against the others. */
const typicalDistance = z.object({
  middle: z.number().nonnegative(),
  /** Up to here a picture's median counts as a good part's. */
  most: z.number().nonnegative(),
  /** The median is that of a square of so many patches a side around each; absent: the whole picture's. */
  around: z.int().positive().optional(),
});
export type TypicalDistance = z.output<typeof typicalDistance>;

/** Of the logarithms of a measure of the references. */
const robustRange = z.object({ middle: z.number(), spread: z.number() });

/** What the references are like as whole pictures. */
const bankHealth = z.object({
  /** How many pictures it was learnt from. */
  frames: z.int().min(0),
  brightness: robustRange,
  contrast: robustRange,
  sharpness: robustRange,
  /** Largest distance of a reference's mean token, and of its layout, to the most similar of the others. */
  token: z.number(),
  layout: z.number(),
  /** Largest share of a reference's patches over the level. */
  unusual: z.number(),
});
export type BankHealth = z.output<typeof bankHealth>;

/** What another machine needs to know to set up the same backbone. */
const backboneRecipe = z.object({
  kind: z.enum(["built-in", "named", "file", "remote"]),
  /** A name, or the file's name without its folder. */
  model: z.string(),
  /** Of a file: all that was found out about it, or said of it. */
  description: descriptionOverrides.optional(),
});
export type BackboneRecipe = z.output<typeof backboneRecipe>;

/** Where a version comes from. */
const origin = z.object({
  kind: z.enum(["build", "ok", "import"]),
  /** Of the version that was in use; for `ok`, the one that the patches were added to. */
  parent: z.int().positive().optional(),
  by: z.string(),
  message: z.string().optional(),
  /** For `import`: what the bank was called where it comes from. */
  imported: z.object({ name: z.string(), version: z.int().min(0) }).optional(),
});
export type Origin = z.output<typeof origin>;

const number = z.int().positive();
/** What leave-one-out tells about the references. They are counted from 1, as people do. */
const share = z.number().min(0).max(1);
const shares = z.object({ x: share, y: share, width: share, height: share });

/** A sentence as it is kept with a bank. */
const storedSentence: z.ZodType<Sentence> = z.object({
  key: z.string(),
  values: z.record(z.string(), z.union([z.string(), z.number(), z.lazy(() => storedSentence)])),
  text: z.string(),
});

const referenceFindings = z.object({
  /** Nearly the same picture: each adds nothing to the other. */
  duplicates: z.array(z.object({ references: z.tuple([number, number]), files: z.tuple([z.string(), z.string()]) })),
  /**
   * Unlike the others; `z`: robust deviations of its log score above the middle; `region`: where it is most unlike, as
   * shares of the picture's width and height. Older banks have deviations of the score itself, and no region.
   */
  outliers: z.array(
    z.object({ reference: number, file: z.string(), score: z.number(), z: z.number(), region: shares.optional() }),
  ),
  /** By how much the last few references changed the scores of the others. */
  learning: z
    .object({
      references: number,
      last: number,
      change: z.number(),
      enough: z.boolean(),
      /** About how many more would bring it to enough. Absent in older banks. */
      more: z.int().min(0).optional(),
      words: z.string(),
      /** What other languages say the words from. Absent in older banks. */
      sentence: storedSentence.optional(),
    })
    .optional(),
  /** What is wrong with them as a whole, and what to do: a sentence each. */
  advice: z.array(z.string()).optional(),
  /** What other languages say the advice from. Absent in older banks. */
  sentences: z.array(storedSentence).optional(),
});
export type ReferenceFindings = z.output<typeof referenceFindings>;

/** A defect painted on a reference, and its image score against the bank without that reference (`lib/made-defects`). */
const scoredDefect = z.object({
  kind: z.string(),
  /** Longest side as a share of the part's shorter edge, and in pixels of the reference. */
  size: z.number().positive(),
  pixels: z.number().positive(),
  /** Share of the range from black to white; absent for kinds that have none. */
  contrast: z.number().optional(),
  /** How far the covered pixels were changed in the mean, as such a share. */
  change: z.number().optional(),
  /** From 0. */
  reference: z.int().min(0),
  score: z.number(),
  /** What that reference scores without the defect: over a threshold, the defect on it says nothing about that. */
  clean: z.number(),
});
export type ScoredDefect = z.output<typeof scoredDefect>;

const madeDefects = z.object({
  seed: z.int(),
  defects: z.array(scoredDefect).max(2000),
  /** What the bank was set to find (`bankSettings.smallest`). */
  smallest: z.number().optional(),
  /** Of those that must be found, how many a bank of the same references finds at another resolution, where that was tried. */
  finer: z.object({ resolution: z.int().positive(), count: z.int().positive(), found: z.int().min(0) }).optional(),
});
export type MadeDefects = z.output<typeof madeDefects>;

/** Parts off the line that a version's threshold was set by (`lib/threshold/commissioned`): from what, by whom and when. */
export const commissioning = z.object({
  /** As the version scored them, in the order they came. */
  scores: z.array(z.number().finite()).min(1).max(1000),
  /** What rule a threshold node took them by, with the rate where it has one, and its threshold before and after. */
  mode: z.enum(["balanced", "rate"]),
  rate: z.number().gt(0).lt(1).optional(),
  threshold: z.object({ before: z.number(), after: z.number() }),
  by: z.string(),
  message: z.string().optional(),
  /** ISO 8601. */
  time: z.string(),
});
/** @useDeclaredType */
export type Commissioning = z.output<typeof commissioning>;

/** An earlier version that had been commissioned, where this one, whose scores are others, has not. */
const lapsedCommissioning = z.object({ version: z.int().positive(), parts: z.int().positive() });
export type LapsedCommissioning = z.output<typeof lapsedCommissioning>;

const triple = z.tuple([z.number(), z.number(), z.number()]);

/** What the references lack of one another (`lib/threshold/missing-parts`): missing parts are looked for by it. */
const missingParts = z.object({
  /** Leave-one-image-out scores, one a reference. */
  calibration: z.array(z.number().finite()).min(1),
  /** Share of pieces of the references, each a sixteenth, that would have been missed at the default threshold. */
  noticed: z.number().min(0).max(1),
  /** The largest such score of a frame that was accepted as good: up to there nothing is missing. */
  allowed: z.number().finite().optional(),
});
export type MissingParts = z.output<typeof missingParts>;

/** The bundle's metadata: everything that decides whether, and how, a bank may be scored. */
export const bankMetadata = z.object({
  format: z.literal(1),
  name: z.string(),
  version: z.int().min(0),
  created: z.string(),
  backbone: z.object({
    id: z.string(),
    sha256: z.string(),
    resolution: z.int().positive(),
    /** Absent in older banks, which were built with `crop`. */
    fit: z.enum(FITS).optional(),
    patchSize: z.number().positive(),
    dimension: z.int().positive(),
    mean: triple,
    standardDeviation: triple,
    maskThreshold: z.number(),
    /** Which outputs of which input size: two uses of one model are two backbones. Absent in older banks. */
    features: z.string().optional(),
    recipe: backboneRecipe.optional(),
  }),
  settings: bankSettings,
  /** The outcome of `settings.region`: the part of each frame that is looked at; absent: all of it. */
  crop: box.optional(),
  /** The outcome of `settings.mask`, and why. */
  mask: z.object({ applied: z.boolean(), reason: z.string(), sentence: storedSentence.optional() }),
  /** The outcome of `settings.place`, and why; `window`: how far is searched, as shares of width and height. */
  place: z
    .object({
      applied: z.boolean(),
      reason: z.string(),
      sentence: storedSentence.optional(),
      window: z.object({ x: z.number().positive().max(1), y: z.number().positive().max(1) }).optional(),
    })
    .optional(),
  /** The most patches of which the worst 1 % are the image score (`worst.ts`); absent in older banks: all. */
  counted: z.int().positive().optional(),
  /** The share of the patches that are the worst; absent: the paper's 1 %. */
  share: z.number().gt(0).max(1).optional(),
  /** Distances are relative to what is typical of the picture (`lib/score/typical-distance.ts`). */
  relative: z.literal(true).optional(),
  /** What is typical of the references, each against the others: what `relative` is relative to. */
  typical: typicalDistance.optional(),
  references: z.int().positive(),
  /** Patches of references that a subspace was fitted to; they are not kept, accepted ones are. */
  fitted: z.int().positive().optional(),
  /** Leave-one-image-out image scores, one a reference; of a single reference, those of its altered copies. */
  calibration: z.array(z.number()),
  /** `copies`: a single reference's altered copies gave the calibration. */
  calibratedBy: z.literal("copies").optional(),
  patchLevel: patchCalibration.optional(),
  /** Absent where missing parts cannot be told, and in older banks. */
  missing: missingParts.optional(),
  health: bankHealth.optional(),
  origin: origin.optional(),
  /** The references in order: what they were called, and the SHA-256 of their bytes. */
  sources: z.array(z.object({ file: z.string(), sha256: z.string() })).optional(),
  /** Accepted frames; their patches follow the references' and count on: the first one is reference `references`. */
  accepted: z.array(z.object({ sha256: z.string(), patches: z.int().positive() })).default([]),
  findings: referenceFindings.optional(),
  /** What defects painted on the references score; absent until they were made. */
  madeDefects: madeDefects.optional(),
  commissioning: commissioning.optional(),
  lapsedCommissioning: lapsedCommissioning.optional(),
});
export type BankMetadata = z.output<typeof bankMetadata>;

/** Where good patches lie: the mean and the directions in which they vary. */
export interface Subspace {
  /** float32 [dimension] */
  mean: Float32Array;
  /** float32 [components, dimension], unit vectors at right angles */
  components: Float32Array;
}

/** What whole frames are compared with, a row a reference. */
export interface HealthRows {
  /** Mean patch tokens, float32 [references, dimension]. */
  tokens: Float32Array;
  /** Coarse pictures, float32 [references, cells]. */
  layouts: Float32Array;
}

/** The patches of all references, in the references' order; accepted ones alone where a subspace has taken their place. */
export interface BankPatches {
  /** Raw patch tokens, float32 [patches, dimension]. */
  features: Float32Array;
  /** Where each patch lies in its upright reference: float32 [patches, 2], x and y as shares of width and height. */
  positions: Float32Array;
  /** Which reference each patch is from: int32 [patches], ascending. */
  reference: Int32Array;
  /** For backbones that ask for it; fitted on `features`. */
  whitening: Whitening | undefined;
  /** For the scorer `subspace`. */
  subspace?: Subspace | undefined;
  thumbnails: Thumbnail[];
}

/** What decides how patches are compared with a bank's. */
export type ComparisonFacts = Pick<
  BankMetadata,
  | "backbone"
  | "settings"
  | "crop"
  | "mask"
  | "place"
  | "counted"
  | "share"
  | "relative"
  | "missing"
  | "references"
  | "sources"
  | "accepted"
>;

/** A bank that is being built: its patches are there, and what good parts score is not known yet. */
export interface UncalibratedBank extends BankPatches {
  metadata: ComparisonFacts;
}

/** A bank that is built, as a file holds it. */
export interface MemoryBank extends BankPatches {
  metadata: BankMetadata;
  /** Absent in older banks. */
  health?: HealthRows | undefined;
}
