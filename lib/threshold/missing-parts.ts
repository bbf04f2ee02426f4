import type { PatchTokens } from "../backbone/patch-tokens";
import type { MissingParts } from "../bank/memory-bank";
import type { MissingSearch } from "../bank/missing";
import { seededRandom, shuffled } from "../random";
import { defaultThreshold } from "./default-threshold";
import type { InspectedReference } from "./leave-one-out";

/** References from which scores that leave one out tell anything. */
const LEAST_REFERENCES = 3;
/** A frame is taken to pieces so many times across and down, and one of them is hidden. */
const PIECES = 4;
/** Hidden pieces that are tried at most. */
const MOST_TRIALS = 64;
/**
 * Share of hidden pieces from which the score tells missing parts: 0.6 to 0.8 on a set of parts, 0.00 on one of surfaces,
 * where one piece is like another (docs/method.md).
 */
const LEAST_NOTICED = 0.125;

export interface MissingQuestion {
  inspected: readonly InspectedReference[];
  /** Frames that were accepted as good, whatever they lack. */
  allowed?: readonly PatchTokens[];
  search: MissingSearch;
  /** Called before each step; ends it all by throwing. */
  step: () => void;
}

/** The score from which something is missing: by the default rule, but never at what was accepted as good. */
export function missingThreshold({ calibration, allowed = 0 }: MissingParts): number {
  return Math.max(defaultThreshold(calibration, false).threshold, allowed);
}

/** Steps that `learnMissingParts` takes at most. */
export const missingSteps = (references: number) =>
  references < LEAST_REFERENCES ? 0 : references + Math.min(MOST_TRIALS, references * PIECES ** 2);

/**
 * Whether parts that are missing can be told with a bank, learnt from its own references: what each of them lacks of the
 * others, and whether taking away a sixteenth of it would be noticed at the threshold that these scores give.
 * @returns undefined where it would not
 */
export async function learnMissingParts({
  inspected,
  allowed = [],
  search,
  step,
}: MissingQuestion): Promise<MissingParts | undefined> {
  if (inspected.length < LEAST_REFERENCES) return undefined;
  const calibration: number[] = [];
  for (const [left, { tokens, mask }] of inspected.entries()) {
    step();
    const found = await search.score(tokens, { without: left, look: mask?.data });
    if (found) calibration.push(found.score);
  }
  if (calibration.length < LEAST_REFERENCES) return undefined;
  const { threshold } = defaultThreshold(calibration, false);
  const trials = trialsOf(inspected.length);
  let noticed = 0;
  for (const { reference, across, down } of trials) {
    step();
    const { tokens, mask } = inspected[reference]!;
    const hidden = new Set<number>();
    for (let patch = 0; patch < tokens.rows * tokens.cols; patch++) {
      const [row, col] = [Math.floor(patch / tokens.cols), patch % tokens.cols];
      if (Math.floor((row / tokens.rows) * PIECES) === down && Math.floor((col / tokens.cols) * PIECES) === across)
        hidden.add(patch);
    }
    const found = await search.score(tokens, { without: reference, look: mask?.data, hidden });
    if (found && found.score > threshold) noticed++;
  }
  const share = noticed / trials.length;
  if (share < LEAST_NOTICED) return undefined;
  let most = 0;
  for (const tokens of allowed) most = Math.max(most, (await search.score(tokens))?.score ?? 0);
  return { calibration, noticed: share, ...(most > threshold && { allowed: most }) };
}

/** Every piece of every reference, or as many as may be tried, drawn by a seed. */
function trialsOf(references: number) {
  const all = Array.from({ length: references * PIECES ** 2 }, (_, i) => ({
    reference: Math.floor(i / PIECES ** 2),
    across: i % PIECES,
    down: Math.floor(i / PIECES) % PIECES,
  }));
  return shuffled(all, seededRandom(1)).slice(0, MOST_TRIALS);
}
