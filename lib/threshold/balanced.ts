import { GoldenSampleError } from "../errors";
import { median } from "../median";
import { fallByOneMore } from "../score/image-score";
import { inWords, sentence } from "../sentence";
import { between, type CalibratedThreshold } from "./calibrate";
import { describeLogScores } from "./log-scores";
import { percent } from "./percent";
import { orderStatisticRate, worstRate } from "./rate-interval";
import { studentQuantile } from "./student";

/** With fewer references than two no smaller share would be kept. */
const LARGEST_RATE = 1 / 4;

/** The share of good parts that the balanced threshold is chosen to reject: one in ten with eight references. */
export function balancedRate(references: number): number {
  return Math.min(LARGEST_RATE, 1 / (references + 2));
}

/**
 * The threshold where nothing is asked for: 1 / (n + 2) of good parts are expected over it. It is the Student-t
 * predictive quantile of one more good part's log score, from a robust middle and a spread that is shrunk towards what
 * is usual, for n is small: `exp(m + t(n + 7; 1 - 1 / (n + 2)) s sqrt(1 + 1 / n)) ((n - 1) / n)^(1/3)`. One unusual
 * reference of eight moves it by less than its own share. docs/threshold.md has the derivation and what it was measured on.
 * @param calibration scores of n >= 2 good references, each scored against the others
 * @param weak they are of one reference's altered copies: their middle counts as one score
 * @throws {GoldenSampleError} BAD_REQUEST for fewer than two scores
 */
export function balancedThreshold(calibration: readonly number[], weak: boolean): CalibratedThreshold {
  const scores = weak ? [median(calibration)] : calibration;
  if (calibration.length < 2) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      calibration.length === 1
        ? sentence`[oneReference] The bank was built from one reference, too few to choose a threshold from: add references, or set a fixed threshold.`
        : sentence`[noReferencesAtAll] The bank was built from no references, too few to choose a threshold from: add references, or set a fixed threshold.`,
    );
  }
  const n = scores.length;
  const rate = balancedRate(n);
  const seen = describeLogScores(scores);
  const reach = studentQuantile(1 - rate, seen.freedom) * seen.spread * Math.sqrt(1 + 1 / n);
  const threshold = Math.exp(seen.middle + reach);
  // Whatever the scores' distribution: as of an order statistic of the same rank.
  const rank = Math.max(1, scores.filter((score) => score <= threshold).length);
  const { interval } = orderStatisticRate(n, rank);
  return {
    threshold: weak ? threshold : threshold * fallByOneMore(n),
    rate,
    rule: "balanced",
    expected: rate,
    interval,
    worst: worstRate(n, rank),
    smallestRate: 1 / (calibration.length + 1),
    promised: false,
    weak,
    ...inWords(
      weak
        ? sentence`[balancedWeak] Weak: the threshold rests on altered copies of one reference, not on other good parts: add references.`
        : sentence`[balanced] Balanced: about ${{ rate: percent(rate) }} of good parts are expected to be rejected, from ${{ references: n }} references (${{ interval: between(interval) }}); more references reject fewer.`,
    ),
  };
}
