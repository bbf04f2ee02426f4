/** Kinds that have a contrast: how far the picture's values are moved, as a share of their range. */
export const TONAL_KINDS = ["scratch", "spot", "stain", "dent"] as const;
/** Kinds that put other content in a place; how visible they are is the picture's own doing. */
export const CONTENT_KINDS = ["missing piece", "foreign piece", "misprint"] as const;
export const DEFECT_KINDS = [...TONAL_KINDS, ...CONTENT_KINDS] as const;
export type DefectKind = (typeof DEFECT_KINDS)[number];

/** Longest sides, as shares of the part's shorter edge. */
export const DEFECT_SIZES = [0.01, 0.02, 0.04, 0.08] as const;
/** Of the tonal kinds, as shares of the range from black to white. */
export const DEFECT_CONTRASTS = [0.05, 0.1, 0.2, 0.4] as const;

/** Longest side, as a share of the part's shorter edge, of a defect that must be found unless the user says otherwise. */
export const MUST_FIND_SIZE = 0.08;
/**
 * Contrast from which a defect must be found, of other content its mean change: the clearly visible ones, tonal ones of 40 % of
 * the range. At 20 % defects were missed by banks that found nine of ten real ones (docs/performance.md).
 */
export const MUST_FIND_CONTRAST = 0.3;

/** One defect to be painted on one reference. */
export interface DefectPlan {
  kind: DefectKind;
  /** Longest side as a share of the part's shorter edge. */
  size: number;
  /** The same in pixels of the picture, at least 1. */
  pixels: number;
  /** Of the tonal kinds; 0..1. */
  contrast?: number;
  /** Which reference, from 0. */
  reference: number;
  /** Of the chance of its place and shape. */
  seed: number;
}
