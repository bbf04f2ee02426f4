import { z } from "zod";

/** What is done about known defects that would pass after a change, and from which score on one is caught. */
export const guard = z
  .object({
    mode: z.enum(["refuse", "warn", "off"]).default("refuse"),
    /** False-reject rate that a threshold is chosen for from the bank's calibration; absent: the default threshold. */
    rate: z.number().gt(0).lt(1).optional(),
    /** Takes the place of the calibrated one. */
    threshold: z.number().optional(),
  })
  .default({ mode: "refuse" });
export type Guard = z.output<typeof guard>;

/** A known defect under a version that is to be taken into use. */
export interface ReplayedDefect {
  /** Counted from 1. */
  number: number;
  file: string;
  score: number;
  /** Its score under the version in use; absent where that cannot be told. */
  before?: number;
  passes: boolean;
}

export interface Replay {
  /** Absent where the bank has no calibration; then nothing is refused. */
  threshold?: number;
  defects: ReplayedDefect[];
  /** One sentence for the user. */
  words: string;
}
