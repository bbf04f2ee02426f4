import { GoldenSampleError } from "../errors";
import { inWords, sentence, together } from "../sentence";
import { balancedRate } from "./balanced";
import { between, type CalibratedThreshold, type ThresholdRule, thresholdForRate } from "./calibrate";
import { describeLogScores } from "./log-scores";
import { percent } from "./percent";
import { orderStatisticRate, worstRate } from "./rate-interval";
import { studentQuantile } from "./student";
import { unlikeReferences } from "./unlike-references";

/** Fewer commissioned parts than these know less than the references do. */
export const LEAST_PARTS = 8;
/** More say nothing more, and their scores travel with every frame. */
export const MOST_PARTS = 1000;

export interface CommissionedOptions {
  /** False-reject rate asked for, 0 < rate < 1; absent: balanced. */
  rate?: number | undefined;
  /** How a rate gives a threshold. @default "auto" */
  rule?: ThresholdRule;
}

/**
 * The threshold from parts off the line that are known to be good, or mostly good: a share of defects of up to one in ten
 * among them moves it little (docs/threshold.md has what was measured). Their scores take the place of the references'
 * leave-one-out ones: each was scored against the whole bank, as any part will be, so nothing has to be corrected, and they
 * have the line's own spread. Balanced, 1 / (n + 2) of good parts are to be rejected, by the same robust t quantile of the
 * log scores as of references (`balancedThreshold`). For a rate, those that score far above the others (`unlikeParts`) are
 * left out of the rule, and counted as rejected in what is said of it.
 * @param scores of n >= 8 parts, each as it was inspected
 * @throws {GoldenSampleError} BAD_REQUEST for fewer parts, or a rate outside 0..1
 */
export function commissionedThreshold(
  scores: readonly number[],
  { rate, rule = "auto" }: CommissionedOptions = {},
): CalibratedThreshold {
  if (scores.length < LEAST_PARTS) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[tooFewParts] ${{ parts: scores.length }} commissioned parts are too few to set a threshold by: send at least ${{ least: LEAST_PARTS }}, better 50.`,
    );
  }
  return rate === undefined ? balanced(scores) : forRate(scores, rate, rule);
}

/** Which of them score so far above the others that somebody should look at them. From 1, in the order they came in. */
export function unlikeParts(scores: readonly number[]): number[] {
  return unlikeReferences(scores).map(({ index }) => index + 1);
}

function balanced(scores: readonly number[]): CalibratedThreshold {
  const n = scores.length;
  const rate = balancedRate(n);
  const { middle, spread, freedom } = describeLogScores(scores);
  const threshold = Math.exp(middle + studentQuantile(1 - rate, freedom) * spread * Math.sqrt(1 + 1 / n));
  const seen = seenAt(scores, threshold);
  const said = sentence`[balancedParts] Balanced, commissioned with ${{ parts: n }} parts: about ${{ expected: percent(seen.expected) }} of parts like them are expected to be rejected (${{ interval: between(seen.interval) }}).`;
  const facts = { rate, rule: "balanced", smallestRate: 1 / (n + 1), promised: false, weak: false } as const;
  return { threshold, ...seen, ...facts, ...inWords(said) };
}

function forRate(scores: readonly number[], rate: number, rule: ThresholdRule): CalibratedThreshold {
  const unlike = new Set(unlikeReferences(scores).map(({ index }) => index));
  const kept = scores.filter((_, i) => !unlike.has(i));
  const counted = (parts: number) => sentence`[countParts] ${{ parts }} commissioned parts`;
  const found = thresholdForRate(kept, rate, { rule, counted });
  if (unlike.size === 0) return found;
  const seen = seenAt(scores, found.threshold);
  const [expected, interval] = [percent(seen.expected), between(seen.interval)];
  const others =
    unlike.size === 1
      ? sentence`[partLeftOut] 1 more part scores far above the others and was left out: if it is good after all, ${{ expected }} (${{ interval }}).`
      : sentence`[partsLeftOut] ${{ parts: unlike.size }} more parts score far above the others and were left out: if they are good after all, ${{ expected }} (${{ interval }}).`;
  return { ...found, ...inWords(together(found.sentence, others)) };
}

/** The rate of this threshold whatever the scores' distribution, as of an order statistic of its rank. */
function seenAt(scores: readonly number[], threshold: number) {
  const rank = Math.max(1, scores.filter((score) => score <= threshold).length);
  return { ...orderStatisticRate(scores.length, rank), worst: worstRate(scores.length, rank) };
}
