import type { Point } from "./shapes";

/** The kinds of defect the renderer knows, as they are called in the table and in folder names. */
export const DEFECTS = ["scratch", "stain", "blind_hole", "chipped_edge", "dent", "fibre", "missing_screw"] as const;
export type Defect = (typeof DEFECTS)[number];

/**
 * Everything that is wrong with one part; lengths in part units. Each has all of the fields, in this order: what differs in
 * shape from one part to the next has V8 compile the renderer again and again.
 */
export interface Flaws {
  scratch: { points: Point[]; width: number; depth: number } | undefined;
  stain: { centre: Point; radius: number; darkness: number; seed: number } | undefined;
  chip: { centre: Point; radius: number; seed: number } | undefined;
  dent: { centre: Point; radius: number; depth: number; squeeze: number; turn: number } | undefined;
  fibre: { points: Point[]; width: number; colour: readonly [number, number, number] } | undefined;
  /** Index into HOLES of one that was started but not drilled through; -1 for none. */
  blindHole: number;
  /** Index into SCREWS of one that was never put in; -1 for none. */
  missingScrew: number;
}

/** Of a good part. */
export const NO_FLAWS: Flaws = {
  scratch: undefined,
  stain: undefined,
  chip: undefined,
  dent: undefined,
  fibre: undefined,
  blindHole: -1,
  missingScrew: -1,
};
