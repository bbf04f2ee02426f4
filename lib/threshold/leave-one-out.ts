import type { PatchTokens } from "../backbone/patch-tokens";
import { makeLeaveOneOut } from "../bank/leave-one-out";
import type { TypicalDistance, UncalibratedBank } from "../bank/memory-bank";
import type { Indexer } from "../bank/search";
import type { GridMask } from "../mask/grid-mask";
import { imageScore } from "../score/image-score";
import { maskedDistances } from "../score/masked-distances";
import { relativeDistances, SURROUNDINGS, typicalDistance } from "../score/typical-distance";

/** A reference as it would be inspected: upright, with the mask that would be applied. */
export interface InspectedReference {
  tokens: PatchTokens;
  mask: GridMask | undefined;
}

/** A reference as the others see it. */
export interface LeftOut {
  reference: number;
  score: number;
  /** float32 [patches], masked ones 0; relative to what is typical where the bank's are. */
  distances: Float32Array;
  /** Patches in a row of the grid. */
  cols: number;
  /** int32 [patches]: the reference that each patch's nearest one is from. */
  owners: Int32Array;
}

export interface LeaveOneOut {
  /** A reference each. */
  left: readonly LeftOut[];
  /** Of a bank whose distances are relative, what they are relative to. */
  typical?: TypicalDistance | undefined;
}

/**
 * Scores every reference against a bank of the others: what good parts score, learnt without one more photo. All
 * rotations of the left-out image are left out with it, and whitening is fitted without it, or the scores would be
 * flattered.
 * @param step called before each reference; ends it all by throwing
 * @returns a reference each, but for those whose patches are all that the bank has; none where there is only one
 */
export async function scoreLeftOut(
  bank: UncalibratedBank,
  inspected: readonly InspectedReference[],
  indexer: Indexer,
  step: () => void,
): Promise<LeaveOneOut> {
  if (inspected.length < 2) return { left: [] };
  const found: Omit<LeftOut, "score">[] = [];
  // The very search that frames will go through, so that the threshold is right for what it finds.
  const others = await makeLeaveOneOut(bank, indexer);
  for (const [reference, { tokens, mask }] of inspected.entries()) {
    step();
    // A coreset may have kept nothing but this reference's patches.
    if (bank.reference.every((owner) => owner === reference)) continue;
    const match = await others.without(reference);
    const { distances, nearest } = await match(tokens, mask?.data);
    found.push({
      reference,
      distances: maskedDistances(distances, mask),
      cols: tokens.cols,
      owners: nearest.map((row) => bank.reference[row] ?? -1),
    });
  }
  const { relative } = bank.metadata;
  // A small defect is a patch or two: what is around it says what is typical there.
  const around = inspected.every(({ tokens }) => isFiner(tokens, bank.metadata)) ? SURROUNDINGS : undefined;
  const pictures = found.map((each) => ({ ...each, mask: inspected[each.reference]!.mask }));
  const typical = relative ? typicalDistance(pictures, around) : undefined;
  const left = found.map((each, i) => {
    const distances = relativeDistances(pictures[i]!, typical);
    return { ...each, distances, score: imageScore(distances, bank.metadata) };
  });
  return { left, typical };
}

/** Whether a smallest defect made the frame larger than its resolution: only then is such a defect of a patch's size. */
function isFiner({ rows, cols }: PatchTokens, { settings, backbone }: UncalibratedBank["metadata"]): boolean {
  const { patchSize, resolution } = backbone;
  return settings.smallest !== undefined && Math.min(rows, cols) * patchSize > resolution + patchSize;
}
