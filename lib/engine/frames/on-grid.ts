import type { PatchTokens } from "../../backbone/patch-tokens";
import { GoldenSampleError } from "../../errors";
import { type Box, isSameBox } from "../../image/crop";
import type { GridMask } from "../../mask/grid-mask";
import { moveMask, reachesBeyond } from "../../mask/move-mask";
import { mustFit } from "../../score/masked-distances";

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
      "The mask has regions outside of the part of the frame that the bank was built to look at: build the bank again with these regions, or correct them.",
    );
  }
  return moveMask(mask, crop, rows, cols);
}
