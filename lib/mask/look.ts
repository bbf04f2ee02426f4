import type { PatchTokens } from "../backbone/patch-tokens";
import { GoldenSampleError } from "../errors";
import { type Box, isSameBox } from "../image/crop";
import { saidOf, sentence } from "../sentence";
import { foregroundMask, hasForeground, type MaskDecision } from "./foreground";
import { coverage, type GridMask, isMaskedOut, mustFit } from "./grid-mask";
import { moveMask, reachesBeyond } from "./move-mask";
import type { PrincipalComponent } from "./principal-component";

/** Where an image is looked at. */
export interface Look {
  /** Absent: everywhere. */
  mask: GridMask | undefined;
  decision: MaskDecision;
  /** The share that the mask keeps, 0..1. */
  coverage: number;
  /**
   * The mask keeps nothing, or next to nothing. All of the image is looked at in its place, so that no score of 0 takes
   * it for a good one, and its verdict is that it was masked.
   */
  isMaskedOut: boolean;
}

/**
 * @param project the tokens' first principal component, when it is its turn
 * @param given the message's own mask; takes the place of the foreground
 * @param decision whether the foreground is looked for
 * @throws {GoldenSampleError} BAD_REQUEST where the given mask is of another grid
 */
export async function lookAt(
  project: PrincipalComponent["project"],
  tokens: PatchTokens,
  threshold: number,
  given: GridMask | undefined,
  decision: MaskDecision,
): Promise<Look> {
  const { rows, cols } = tokens;
  if (given) {
    mustFit(given, rows, cols);
    return through(given, {
      applied: true,
      ...saidOf(sentence`[maskOwn] masking by the message's own mask`),
    });
  }
  if (!decision.applied) return { mask: undefined, decision, coverage: 1, isMaskedOut: false };
  const projected = await project(tokens);
  if (!hasForeground(projected, threshold))
    return { mask: undefined, decision: ALIKE, coverage: 1, isMaskedOut: false };
  return through(foregroundMask(projected, rows, cols, threshold), decision);
}

/** A frame without part and background. */
export const ALIKE: MaskDecision = {
  applied: false,
  ...saidOf(sentence`[maskAlike] masking off for this image: its patches are all alike, so all of it is looked at`),
};

function through(mask: GridMask, decision: MaskDecision): Look {
  const out = isMaskedOut(mask);
  return { mask: out ? undefined : mask, decision, coverage: coverage(mask), isMaskedOut: out };
}

/**
 * A mask on the grid of what is looked at of a frame: one of the whole frame, or of another part of it, is brought there.
 * @param crop the part that is looked at; absent: all of the frame
 * @throws {GoldenSampleError} BAD_REQUEST where it wants looked at what the bank does not look at, or was made for another
 *   grid
 */
export function onGrid(
  mask: GridMask,
  crop: Box | undefined,
  { rows, cols }: Pick<PatchTokens, "rows" | "cols">,
): GridMask {
  if (isSameBox(mask.area, crop)) {
    mustFit(mask, rows, cols);
    return mask;
  }
  if (crop && reachesBeyond(mask, crop)) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[regionsOutside] The mask has regions outside of the part of the frame that the bank was built to look at: build the bank again with these regions, or correct them.`,
    );
  }
  return moveMask(mask, crop, rows, cols);
}
