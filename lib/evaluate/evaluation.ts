import type { Finds } from "../made-defects/finds";
import type { DrawRule } from "./data/draw";
import type { PixelFigures } from "./figures/pixels";

/** A test image as it came out of the inspection. */
export interface ScoredImage {
  path: string;
  /** "good" or a type of defect. */
  type: string;
  /** Paths of its masks; see `TestImage`. */
  masks?: readonly string[];
  score: number;
  /** Something is missing on it, which makes it an anomaly whatever the score; absent where that cannot be told. */
  isMissing?: boolean;
  /** Patch distances, masked patches 0: float32 [rows * cols]. */
  distances: Float32Array;
  rows: number;
  cols: number;
  /** Pixels of the upright image. */
  width: number;
  height: number;
  milliseconds: number;
}

/** Shares, 0..1, at the threshold that a threshold node takes at its defaults: no test image has a part in it. */
export interface VerdictFigures {
  /** The mean of the shares of good images accepted and of defective ones found. */
  balancedAccuracy?: number;
  /** Good images over the threshold. */
  rejects?: number;
  /** Defective images that are not. */
  escapes?: number;
}

/** The figures that published tables have, and those of a line, 0..1; each absent where the images do not give it. */
export interface Figures extends VerdictFigures {
  /** Image-level ones only where there are good and defective images. */
  imageAuroc?: number;
  averagePrecision?: number;
  f1Max?: number;
  /** Pixel-level ones only where there are masks. */
  pixelAuroc?: number;
  pixelF1Max?: number;
  aupro?: number;
}

/** A file that is in no figure. */
export interface LeftOut {
  path: string;
  reason: string;
}

/** One draw of references of one object, every test image scored by one backbone. */
export interface Evaluation extends Figures {
  object: string;
  backbone: string;
  /** 0: none, every image is compared with the other test images. */
  shots: number;
  seed: number;
  draw: DrawRule | "batch";
  /** Paths of the references. */
  references: string[];
  /** Rotation of the references, and the masking test's words. */
  rotate: boolean;
  masking: string;
  /** Leave-one-image-out scores of the references. */
  calibration: number[];
  /** What the default threshold finds of defects painted on the references, where that was asked for. */
  finds?: Finds;
  /** The lowest image score that counts as an anomaly where F1 is largest; absent like `f1Max`. */
  f1Threshold?: number;
  pixels?: PixelFigures;
  /**
   * Defective images whose mask is there, and all of them: only those with a mask count for pixel-level figures. Images
   * whose mask could not be used, and why.
   */
  masks: { there: number; defective: number; unusable: LeftOut[] };
  images: ScoredImage[];
  /** Test images that could not be read, or of which the mask left nothing to look at: left out of every figure. */
  unreadable: LeftOut[];
  /** What was left out of the figures, or is missing for them, and why: a sentence each. */
  notes: string[];
}

/** @returns whether an image's truth is a defect */
export const isDefective = ({ type }: Pick<ScoredImage, "type">) => type !== "good";

/** @returns whether a threshold node would call an image an anomaly: by its score, or because something is missing on it */
export const isAnomaly = ({ score, isMissing }: Pick<ScoredImage, "score" | "isMissing">, threshold: number) =>
  score > threshold || isMissing === true;
