import { describeLogScores } from "./log-scores";
import { studentQuantile } from "./student";

/**
 * The share of banks of good references alone in which one is named all the same, where log scores are normal. Measured
 * in docs/threshold.md.
 */
const FALSE_ALARMS = 0.05;
/** With fewer scores none is far outside. */
const LEAST = 4;

export interface UnlikeReference {
  /** Among the scores. */
  index: number;
  score: number;
  /** Robust deviations of its log score above the middle. */
  z: number;
}

/**
 * References that score far above the others: beyond the Student-t predictive quantile of the largest of n log scores,
 * each tail 0.05 / n (Bonferroni), from the same robust middle and spread as the balanced threshold, which one reference
 * cannot widen.
 * @param scores of good references, each scored against the others
 */
export function unlikeReferences(scores: readonly number[]): UnlikeReference[] {
  const count = scores.length;
  if (count < LEAST) return [];
  const { middle, spread, freedom } = describeLogScores(scores);
  const deviation = spread * Math.sqrt(1 + 1 / count);
  const limit = studentQuantile(1 - FALSE_ALARMS / count, freedom);
  return scores
    .map((score, index) => ({ index, score, z: (Math.log(score) - middle) / deviation }))
    .filter(({ score, z }) => score > 0 && z > limit);
}
