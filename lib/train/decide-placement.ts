import type { BankSettings } from "../bank/bank-settings";
import type { ComparisonFacts, UncalibratedBank } from "../bank/memory-bank";
import type { Indexer } from "../bank/search";
import type { SearchWindow } from "../bank/search/windowed";
import { type Sentence, saidOf, sentence } from "../sentence";
import { type InspectedReference, type LeaveOneOut, scoreLeftOut } from "../threshold/leave-one-out";

/** References from which they can say by themselves whether parts lie in the same place. */
const LEAST_REFERENCES = 3;
/**
 * Largest ratio of leave-one-out scores, searched in place and anywhere, at which parts count as fixed: 1.01 on a set of
 * fixed parts, 1.2 to 1.5 on one of surfaces without a place, where searching in place costs accuracy (docs/method.md).
 */
const MOST_RATIO = 1.1;
/** Patches that lie half a grid away are still in the window, for rounding. */
const ROUNDING = 0.01;

export interface PlacementQuestion {
  bank: UncalibratedBank;
  inspected: readonly InspectedReference[];
  /** Pixels of a reference. */
  width: number;
  height: number;
  /** Called before each step; ends the build by throwing. */
  step: () => void;
}

export interface PlacementDecision {
  /** Absent for banks that are set to search anywhere. */
  place?: ComparisonFacts["place"];
  /** Every reference as the others see it with what was decided, where that had to be found out. */
  others?: LeaveOneOut;
}

/** Steps that the decision takes beside the calibration's, at most. */
export const placementSteps = ({ place }: BankSettings, references: number) => (place === "auto" ? references : 0);

/**
 * Whether a bank's patches are compared in their place, as its setting says or, for `auto`, as its references do: where
 * parts are fixed, a reference's patches find their likes in their own place as well as anywhere.
 */
export async function decidePlacement(
  indexer: Indexer,
  { bank, inspected, width, height, step }: PlacementQuestion,
): Promise<PlacementDecision> {
  const { place, rotate, scorer, tolerance } = bank.metadata.settings;
  if (place === "anywhere") return {};
  const anywhere = (why: Sentence) => ({
    place: { applied: false, ...saidOf(sentence`[searchedAnywhere] searched anywhere: ${{ why }}`) },
  });
  if (rotate) return anywhere(sentence`[rotatedNoPlace] rotated references have no place`);
  if (scorer === "subspace") return anywhere(sentence`[subspaceNoPlace] a subspace has no places`);
  const { rows, cols } = inspected[0]!.tokens;
  const window = windowOf(tolerance, { rows, cols, width, height });
  const inPlace = { applied: true, window };
  if (place === "same") return { place: { ...inPlace, ...searched(sentence`[setInBank] set so in the bank`) } };
  if (inspected.length < LEAST_REFERENCES)
    return anywhere(sentence`[neededToTell] ${{ references: LEAST_REFERENCES }} references are needed to tell`);
  const metadata = { ...bank.metadata, place: { ...inPlace, reason: "" } };
  const free = await scoreLeftOut(bank, inspected, indexer, step);
  const placed = await scoreLeftOut({ ...bank, metadata }, inspected, indexer, step);
  const ratio = Math.exp(meanLog(placed) - meanLog(free));
  const said = sentence`[placeRatio] the references' scores are ${{ ratio: ratio.toFixed(2) }} times as high in place as anywhere`;
  return ratio <= MOST_RATIO
    ? { place: { ...inPlace, ...searched(said) }, others: placed }
    : { ...anywhere(said), others: free };
}

const searched = (why: Sentence) => saidOf(sentence`[searchedInPlace] searched in the same place: ${{ why }}`);

/** One patch to each side, or as many as the tolerance covers. */
function windowOf(
  tolerance: number,
  { rows, cols, width, height }: { rows: number; cols: number; width: number; height: number },
): SearchWindow {
  const share = (patches: number, pixels: number) =>
    Math.min(1, (Math.max(1, Math.ceil((tolerance * patches) / pixels)) + 0.5 + ROUNDING) / patches);
  return { x: share(cols, width), y: share(rows, height) };
}

/** Scores are at least this, so that equal pictures have a logarithm. */
const LEAST_SCORE = 1e-4;

const meanLog = ({ left }: LeaveOneOut) =>
  left.reduce((sum, { score }) => sum + Math.log(Math.max(LEAST_SCORE, score)), 0) / Math.max(1, left.length);
