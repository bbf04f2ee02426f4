import { z } from "zod";

/** Pixels across of the smallest defect to be found, in the camera's picture. */
export const smallestDefect = z.number().min(1).max(10_000);

const part = z.number().min(0).max(1);
/** A rectangle of the frame, as shares of its width and height. */
export const box = z
  .object({ x: part, y: part, width: part.gt(0), height: part.gt(0) })
  .refine(({ x, y, width, height }) => x + width <= 1 + 1e-9 && y + height <= 1 + 1e-9, "a box lies within the frame");

/** How a bank was, or is to be, built. */
export const bankSettings = z.object({
  /** Enrich the bank by the eight rotations of every reference. */
  rotate: z.boolean().default(false),
  /** PCA foreground mask on inspected images; auto lets the masking test on the first reference decide. */
  mask: z.enum(["auto", "on", "off"]).default("auto"),
  /** Leave the references' background out of the bank too. */
  maskReferences: z.boolean().default(false),
  metric: z.enum(["cosine", "l2"]).default("cosine"),
  neighbours: z.int().min(1).max(64).default(1),
  /** Distance to the nearest patches, or to the subspace that the patches lie in (`subspace.ts`). */
  scorer: z.enum(["nearest", "subspace"]).default("nearest"),
  /**
   * Whether parts always lie the same way, so that a patch is compared with what the references show in its place
   * (`search/windowed.ts`): catches what is missing, misplaced or swapped. auto: where the references say so.
   */
  place: z.enum(["anywhere", "same", "auto"]).default("anywhere"),
  /** How far parts may lie from their place, in pixels of the camera's picture; never less than one patch. */
  tolerance: z.number().min(0).max(10_000).default(0),
  /**
   * Pixels across, in the camera's picture, of the smallest defect to be found: frames are looked at so finely that it
   * covers a patch (`preprocess`). Absent: the backbone's resolution decides.
   */
  smallest: smallestDefect.optional(),
  /**
   * Whether only the box around the regions of interest is looked at, at the backbone's resolution of that box: `auto`
   * where it covers under half of the frame. Absent: `whole`.
   */
  region: z.enum(["whole", "crop", "auto"]).optional(),
  /** The part of the frame to look at, whatever the regions. */
  box: box.optional(),
  /**
   * Whether frames are also asked if everything is there that a reference shows (`missing.ts`); auto: where the references
   * say that it can be told.
   */
  missing: z.enum(["off", "auto"]).default("off"),
  /** auto: exact for small banks, by clusters for large ones. */
  search: z.enum(["auto", "exact", "clustered"]).default("auto"),
  /** coreset keeps this share of the patches by greedy k-centre selection. */
  reduction: z
    .discriminatedUnion("method", [
      z.object({ method: z.literal("none") }),
      z.object({ method: z.literal("coreset"), keep: z.number().gt(0).max(1) }),
    ])
    .default({ method: "none" }),
});
/** @useDeclaredType */
export type BankSettings = z.output<typeof bankSettings>;
