import { z } from "zod";
import type { Fallback } from "../../backbone/backbone";
import { bankSettings } from "../../bank/bank-settings";
import type { ReferenceFindings } from "../../bank/memory-bank";
import type { Box } from "../../image/crop";
import type { MaskDecision } from "../../mask/foreground";
import { handedOn, request } from "./request";
import { actor, backboneSpec, bankLocation, guard, imageSource, type Replay, reuse } from "./schemas";

export interface BuildResult {
  name: string;
  version: number;
  references: number;
  /** Frames whose accepted patches are in it. */
  accepted: number;
  patches: number;
  dimension: number;
  backbone: string;
  fallback?: Fallback;
  mask: MaskDecision;
  /** The part of each frame that is looked at, as shares of it; absent: all of it. */
  crop?: Box;
  calibration: number[];
  /** Near-duplicates and outliers among the references, and whether more of them would change the scores. */
  findings: ReferenceFindings;
  /** How the known defects score, where there are any. */
  replay?: Replay;
  milliseconds: number;
}

/** Learns a bank from its references, as the bank's newest version. */
export const build = request({
  schema: z.object({
    bank: bankLocation,
    backbone: backboneSpec,
    settings: bankSettings,
    /** Absent: the references kept in the bank's directory. */
    references: z.array(imageSource).min(1).optional(),
    /** Older versions beyond this many are deleted, but none that is in `pinned`. */
    keepVersions: z.int().min(1).default(10),
    /** Versions that nodes are set to. */
    pinned: z.array(z.int().positive()).default([]),
    guard,
    actor,
    reuse,
  }),
  process: "trainer",
  async answer(wanted, context, handling) {
    const built = () => handedOn<BuildResult>("build")(wanted, context, handling);
    return "file" in wanted.bank ? built() : context.banks.building(wanted.bank, built);
  },
});
