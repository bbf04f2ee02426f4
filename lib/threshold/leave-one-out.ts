import type { PatchTokens } from "../backbone/patch-tokens";
import type { MemoryBank } from "../bank/memory-bank";
import { makeReady } from "../bank/ready-bank";
import type { Matcher } from "../bank/search";
import { fitWhitening } from "../bank/whitening";
import type { GridMask } from "../mask/grid-mask";
import { imageScore } from "../score/image-score";
import { maskedDistances } from "../score/masked-distances";

/** A reference as it would be inspected: upright, with the mask that would be applied. */
export interface InspectedReference {
  tokens: PatchTokens;
  mask: GridMask | undefined;
}

/**
 * Scores every reference against a bank of the others: what good parts score, learnt without one more photo. All
 * rotations of the left-out image are left out with it, and whitening is fitted without it, or the scores would be
 * flattered.
 * @param between awaited between two references, so that other work gets through and the build can be ended
 * @returns one image score a reference; none where there is only one
 */
export async function leaveOneOutScores(
  bank: MemoryBank,
  inspected: readonly InspectedReference[],
  matcher: Matcher,
  between: (step: () => Promise<void>) => Promise<void>,
): Promise<number[]> {
  const scores: number[] = [];
  if (inspected.length < 2) return scores;
  for (const [left, { tokens, mask }] of inspected.entries()) {
    await between(async () => {
      const others = without(bank, left);
      // A coreset may have kept nothing but this reference's patches.
      if (others.reference.length === 0) return;
      const { distances } = await makeReady(others, matcher).match(tokens);
      scores.push(imageScore(maskedDistances(distances, mask)));
    });
  }
  return scores;
}

function without(bank: MemoryBank, left: number): MemoryBank {
  const { dimension } = bank.metadata.backbone;
  const from = bank.reference.indexOf(left);
  if (from === -1) return bank;
  const to = bank.reference.lastIndexOf(left) + 1;
  const cut = (values: Float32Array, width: number) => {
    const out = new Float32Array(values.length - (to - from) * width);
    out.set(values.subarray(0, from * width));
    out.set(values.subarray(to * width), from * width);
    return out;
  };
  const features = cut(bank.features, dimension);
  return {
    ...bank,
    features,
    positions: cut(bank.positions, 2),
    reference: bank.reference.filter((value) => value !== left),
    whitening: bank.whitening && fitWhitening([features], dimension),
  };
}
