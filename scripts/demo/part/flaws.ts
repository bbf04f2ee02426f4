import type { Point } from "./shapes";

/** The kinds of defect the renderer knows, as they are called in the table and in folder names. */
export const DEFECTS = ["scratch", "stain", "blind_hole", "chipped_edge", "dent", "fibre", "missing_screw"] as const;
export type Defect = (typeof DEFECTS)[number];

/** Everything that is wrong with one part; nothing set for a good one. Lengths in part units. */
export interface Flaws {
  scratch?: { points: Point[]; width: number; depth: number };
  stain?: { centre: Point; radius: number; darkness: number; seed: number };
  chip?: { centre: Point; radius: number; seed: number };
  dent?: { centre: Point; radius: number; depth: number; squeeze: number; turn: number };
  fibre?: { points: Point[]; width: number; colour: readonly [number, number, number] };
  /** Index into HOLES of one that was started but not drilled through. */
  blindHole?: number;
  /** Index into SCREWS of one that was never put in. */
  missingScrew?: number;
}
