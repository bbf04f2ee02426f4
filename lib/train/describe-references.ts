import { withoutReferences } from "../bank/leave-one-out";
import type { ReferenceFindings, UncalibratedBank } from "../bank/memory-bank";
import type { Indexer } from "../bank/search";
import { type InspectedReference, type LeftOut, scoreLeftOut } from "../threshold/leave-one-out";
import { findingsAmong, learningOf, lookBack } from "../threshold/reference-findings";

export interface DescriptionJob {
  bank: UncalibratedBank;
  inspected: readonly InspectedReference[];
  /** Every reference as the others see it. */
  left: readonly LeftOut[];
  /** Whether the learning curve is wanted: it costs another half of the calibration. */
  curve: boolean;
  /** Called before each step; ends the build by throwing. */
  step: () => void;
}

/** References that the learning curve is measured on. */
const MEASURED = 16;

/** Steps that the learning curve takes. */
export function curveSteps(references: number): number {
  const last = lookBack(references);
  return last === 0 ? 0 : Math.min(MEASURED, references - last);
}

/** What stands out among the references: near-duplicates, outliers, and whether more of them would change the scores. */
export async function describeReferences(
  indexer: Indexer,
  { bank, inspected, left, curve, step }: DescriptionJob,
): Promise<ReferenceFindings> {
  const { references, sources = [] } = bank.metadata;
  const files = sources.map(({ file }) => file);
  const findings = findingsAmong(left, bank.thumbnails, files);
  const last = lookBack(references);
  if (!curve || last === 0) return findings;
  const fewer = withoutReferences(bank, references - last, references - 1);
  const now = new Map(left.map(({ reference, score }) => [reference, score]));
  const { left: earlier } = await scoreLeftOut(fewer, inspected.slice(0, curveSteps(references)), indexer, step);
  const scores = earlier.map(({ reference, score }): [number, number] => [now.get(reference) ?? score, score]);
  return { ...findings, learning: learningOf(references, last, scores) };
}
