import { GoldenSampleError } from "../errors";
import { studentQuantile } from "./student";

/** A threshold and how far its false-reject rate can be trusted. */
export interface CalibratedThreshold {
  /** Scores above it are anomalies. */
  threshold: number;
  /** The false-reject rate asked for, 0..1. */
  rate: number;
  /** The smallest rate that this many references can promise, 1 / (n + 1). */
  smallestRate: number;
  /** True where the rate is promised by the references alone; false where it rests on an assumption, see `words`. */
  promised: boolean;
  /** One sentence for the user. */
  words: string;
}

/**
 * Chooses the threshold for a false-reject rate from the leave-one-image-out scores of good references.
 *
 * Where n references can support the rate, the threshold is the ceil((n + 1)(1 - rate))-th smallest score: a new good
 * part, exchangeable with the references, exceeds it with at most that probability, whatever the scores' distribution
 * (split conformal prediction; Vovk et al., Algorithmic Learning in a Random World). Below 1 / (n + 1) no rate can be
 * promised so; there the threshold is the Student t prediction bound of the log scores, never under the largest
 * score, and marked as resting on that assumption.
 * @param calibration scores of n >= 2 good references, each scored against the others
 * @param rate 0 < rate < 1
 * @throws {GoldenSampleError} BAD_REQUEST for fewer than two scores or a rate outside 0..1
 */
export function thresholdForRate(calibration: readonly number[], rate: number): CalibratedThreshold {
  const n = calibration.length;
  if (!(rate > 0 && rate < 1)) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      `A false-reject rate of ${rate * 100} % is not between 0 and 100 %: choose for example 1 %.`,
    );
  }
  if (n < 2) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      `The bank was built from ${n === 1 ? "one reference" : "no references"}, too few to choose a threshold from: add references, or set a fixed threshold.`,
    );
  }
  const sorted = [...calibration].sort((a, b) => a - b);
  const rank = Math.ceil((n + 1) * (1 - rate) - 1e-9);
  const facts = { rate, smallestRate: 1 / (n + 1) };
  if (rank <= n) {
    const words = `At most ${percent(rate)} of good parts are expected to be rejected, from ${n} references.`;
    return { ...facts, threshold: sorted[rank - 1]!, promised: true, words };
  }
  const words =
    `${n} references can promise no rate below ${percent(facts.smallestRate)}: the ${percent(rate)} asked for are extrapolated ` +
    `(log-normal scores assumed); ${Math.ceil(1 / rate) - 1} references would promise it.`;
  return { ...facts, threshold: Math.max(sorted[n - 1]!, predictionBound(sorted, rate)), promised: false, words };
}

function predictionBound(scores: readonly number[], rate: number): number {
  const n = scores.length;
  const positive = scores.filter((score) => score > 0).map(Math.log);
  if (positive.length < n) return 0;
  const mean = positive.reduce((sum, value) => sum + value, 0) / n;
  const variance = positive.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return Math.exp(mean + studentQuantile(1 - rate, n - 1) * Math.sqrt(variance * (1 + 1 / n)));
}

const percent = (rate: number) => `${Number((rate * 100).toPrecision(2))} %`;
