import { GoldenSampleError } from "../errors";
import { inWords, type Sentence, sentence } from "../sentence";
import { percent } from "./percent";
import { CONFIDENCE, orderStatisticRate, type RateInterval, worstRate } from "./rate-interval";
import { TailFit } from "./tail-fit";

/**
 * How a threshold is taken from good scores: `conformal` an order statistic with a promise, `tail` a fit of extreme
 * values, `percentile` the scores' own quantile; `auto` is conformal where the references support the rate, else tail.
 */
export const THRESHOLD_RULES = ["auto", "conformal", "tail", "percentile"] as const;
export type ThresholdRule = (typeof THRESHOLD_RULES)[number];

/** A threshold and how far its false-reject rate can be trusted. Rates are from 0 to 1. */
export interface CalibratedThreshold {
  /** Scores above it are anomalies. */
  threshold: number;
  /** The false-reject rate asked for, or that the rule chose. */
  rate: number;
  /** The rule that gave the threshold; never `auto`. `balanced` is asked for no rate, see balancedThreshold. */
  rule: Exclude<ThresholdRule, "auto"> | "balanced";
  /** The rate to be expected, over all that the references might have been. */
  expected: number;
  /** Where the rate of this very threshold lies; of `tail` only if the tail is shaped as fitted. */
  interval: RateInterval;
  /** What the rate stays under at the same confidence, whatever the scores' distribution. */
  worst: number;
  /** The smallest rate that this many references can promise, 1 / (n + 1). */
  smallestRate: number;
  /** True where the rate is promised by the references alone; false where it rests on an assumption, or is larger. */
  promised: boolean;
  /** True where the scores are those of one reference's own augmentations. */
  weak: boolean;
  /** One or two sentences for the user. */
  words: string;
  /** What other languages make the words from. */
  sentence: Sentence;
}

export interface CalibrationOptions {
  /** @default "auto" */
  rule?: ThresholdRule;
  /** The scores are of one reference's augmentations: nothing can be promised from them. */
  weak?: boolean;
  /** What the scores are of, counted. @default references */
  counted?: (scores: number) => Sentence;
}

type Found = Pick<CalibratedThreshold, "threshold" | "rule" | "expected" | "interval" | "worst" | "promised"> & {
  said: Sentence;
};
type Counted = NonNullable<CalibrationOptions["counted"]>;

const references: Counted = (count) => sentence`[countReferences] ${{ references: count }} references`;

/**
 * Chooses the threshold for a false-reject rate from the leave-one-image-out scores of good references.
 *
 * - `conformal`: the ceil((n + 1)(1 - rate))-th smallest score. A new good part, exchangeable with the references,
 *   exceeds it with at most that probability, whatever the scores' distribution (split conformal prediction; Vovk et
 *   al., Algorithmic Learning in a Random World). Below 1 / (n + 1) it is the largest score and promises just that.
 * - `tail`: a generalised Pareto tail, see TailFit; never under the largest score where the rate is below 1 / (n + 1).
 * - `percentile`: the sample quantile as NumPy has it, which gives more false rejects than its name says where n is
 *   small; `expected` says how many.
 * @param calibration scores of n >= 2 good references, each scored against the others
 * @param rate 0 < rate < 1
 * @throws {GoldenSampleError} BAD_REQUEST for fewer than two scores or a rate outside 0..1
 */
export function thresholdForRate(
  calibration: readonly number[],
  rate: number,
  { rule = "auto", weak = false, counted = references }: CalibrationOptions = {},
): CalibratedThreshold {
  const n = calibration.length;
  if (!(rate > 0 && rate < 1)) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[rateOutOfRange] A false-reject rate of ${{ rate: rate * 100 }} % is not between 0 and 100 %: choose for example 1 %.`,
    );
  }
  if (n < 2) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      n === 1
        ? sentence`[oneReference] The bank was built from one reference, too few to choose a threshold from: add references, or set a fixed threshold.`
        : sentence`[noReferencesAtAll] The bank was built from no references, too few to choose a threshold from: add references, or set a fixed threshold.`,
    );
  }
  const sorted = [...calibration].sort((a, b) => a - b);
  const supported = rankFor(n, rate) <= n;
  const used = rule === "auto" ? (supported ? "conformal" : "tail") : rule;
  const { said, ...found } = { conformal, tail, percentile }[used](sorted, rate, counted);
  const facts = { rate, smallestRate: 1 / (n + 1), weak };
  if (!weak) return { ...found, ...facts, ...inWords(said) };
  const words = inWords(
    sentence`[rateWeak] Weak: the threshold rests on altered copies of one reference, not on other good parts, so ${{ rate: percent(rate) }} is a wish; add references.`,
  );
  return { ...found, ...facts, promised: false, ...words };
}

const rankFor = (n: number, rate: number) => Math.ceil((n + 1) * (1 - rate) - 1e-9);

function conformal(sorted: readonly number[], rate: number, counted: Counted): Found {
  const n = sorted.length;
  const wanted = rankFor(n, rate);
  const rank = Math.max(1, Math.min(n, wanted));
  const { expected, interval } = orderStatisticRate(n, rank);
  const promised = wanted <= n;
  const said = promised
    ? sentence`[ratePromised] At most ${{ rate: percent(rate) }} of good parts are expected to be rejected, from ${{ scores: counted(n) }} (${{ interval: between(interval) }}).`
    : sentence`[rateNotPromised] ${{ scores: counted(n) }} can promise no rate below ${{ least: percent(1 / (n + 1)) }}, which is what their largest score gives (${{ interval: between(interval) }}); ${{ needed: counted(needed(rate)) }} would promise ${{ rate: percent(rate) }}.`;
  return {
    threshold: sorted[rank - 1]!,
    rule: "conformal",
    expected,
    interval,
    worst: worstRate(n, rank),
    promised,
    said,
  };
}

function tail(sorted: readonly number[], rate: number, counted: Counted): Found {
  const n = sorted.length;
  const fit = new TailFit(sorted);
  // In the midst of the scores there is no tail to fit.
  if (rate > fit.largestRate) return { ...conformal(sorted, rate, counted), rule: "tail" };
  const supported = rankFor(n, rate) <= n;
  const fitted = fit.thresholdAt(rate);
  const threshold = supported ? fitted : Math.max(sorted[n - 1]!, fitted);
  const [low, high] = fit.interval(threshold, CONFIDENCE);
  const interval = { low, high, confidence: CONFIDENCE };
  const worst = worstRate(n, Math.max(1, sorted.filter((score) => score <= threshold).length));
  const said = supported
    ? sentence`[rateFitted] ${{ rate: percent(rate) }} of good parts are expected to be rejected, from ${{ scores: counted(n) }} and a fitted tail (${{ interval: between(interval) }}).`
    : sentence`[rateExtrapolated] ${{ scores: counted(n) }} can promise no rate below ${{ least: percent(1 / (n + 1)) }}: the ${{ rate: percent(rate) }} asked for are extrapolated (fitted tail; ${{ interval: between(interval) }}, and under ${{ worst: percent(worst) }} whatever the tail); ${{ needed: counted(needed(rate)) }} would promise it.`;
  return { threshold, rule: "tail", expected: fit.rateAbove(threshold), interval, worst, promised: false, said };
}

function percentile(sorted: readonly number[], rate: number, counted: Counted): Found {
  const n = sorted.length;
  const position = (n - 1) * (1 - rate);
  const below = Math.floor(position);
  const [low, high] = [sorted[below]!, sorted[Math.min(n - 1, below + 1)]!];
  const { expected, interval } = orderStatisticRate(n, position + 1);
  const said = sentence`[ratePercentile] The ${{ percentile: percent(1 - rate) }} percentile of ${{ scores: counted(n) }}: ${{ expected: percent(expected) }} of good parts are expected to be rejected (${{ interval: between(interval) }}), not the ${{ rate: percent(rate) }} of its name.`;
  return {
    threshold: low + (high - low) * (position - below),
    rule: "percentile",
    expected,
    interval,
    worst: worstRate(n, Math.max(1, below + 1)),
    promised: false,
    said,
  };
}

/** The references that it takes to promise a rate. */
const needed = (rate: number) => Math.ceil(1 / rate - 1e-9) - 1;
export const between = ({ low, high, confidence }: RateInterval) =>
  sentence`[between] ${{ low: percent(low) }} to ${{ high: percent(high) }} at ${{ confidence: percent(confidence) }} confidence`;
