import type { PatchTokens } from "../backbone/patch-tokens";
import type { MemoryBank } from "../bank/memory-bank";
import { makeReady } from "../bank/ready-bank";
import type { Matcher } from "../bank/search";
import type { GridMask } from "../mask/grid-mask";
import { imageScore } from "../score/image-score";
import { maskedDistances } from "../score/masked-distances";

/** A reference as it would be inspected: upright, with the mask that would be applied. */
export interface InspectedReference {
  tokens: PatchTokens;
  mask: GridMask | undefined;
}

/** A reference as the others see it. */
export interface LeftOut {
  reference: number;
  score: number;
  /** float32 [patches], masked ones 0. */
  distances: Float32Array;
  /** Patches in a row of the grid. */
  cols: number;
  /** int32 [patches]: the reference that each patch's nearest one is from. */
  owners: Int32Array;
}

/**
 * Scores every reference against a bank of the others: what good parts score, learnt without one more photo. All
 * rotations of the left-out image are left out with it, and whitening is fitted without it, or the scores would be
 * flattered.
 * @param step called before each reference; ends it all by throwing
 * @param seen told of each reference that was scored
 * @returns one image score a reference; none where there is only one
 */
export async function leaveOneOutScores(
  bank: MemoryBank,
  inspected: readonly InspectedReference[],
  matcher: Matcher,
  step: () => void,
  seen: (left: LeftOut) => void = () => undefined,
): Promise<number[]> {
  const scores: number[] = [];
  if (inspected.length < 2) return scores;
  // The very search that frames will go through, so that the threshold is right for what it finds.
  const ready = await makeReady(bank, matcher);
  for (const [left, { tokens, mask }] of inspected.entries()) {
    step();
    // A coreset may have kept nothing but this reference's patches.
    if (bank.reference.every((reference) => reference === left)) continue;
    const { distances, nearest } = await ready.match(tokens, { look: mask?.data, without: left });
    const masked = maskedDistances(distances, mask);
    const score = imageScore(masked, bank.metadata);
    scores.push(score);
    seen({
      reference: left,
      score,
      distances: masked,
      cols: tokens.cols,
      owners: nearest.map((row) => bank.reference[row] ?? -1),
    });
  }
  return scores;
}
