import { betaQuantile } from "./beta";

/** What is believed of the tail of log scores before any is seen: shape normal, scale log-normal, both weak. */
interface Prior {
  shape: { mean: number; deviation: number; from: number; to: number };
  scale: { middle: number; deviation: number };
}

/**
 * On the logarithm a Pareto tail has shape 0 and a log-normal one is a little below it, so most tails lie near. Log
 * scores of good parts were seen to spread by 0.1 to 0.4; the prior of the scale weighs as one more score.
 */
const LOG_SCORES: Prior = {
  shape: { mean: -0.2, deviation: 0.15, from: -0.5, to: 0.3 },
  scale: { middle: 0.15, deviation: 1 },
};

const SHAPES = 10;
/** Of the scale, as powers of e around the mean excess. */
const SCALES = { from: -1.5, to: 2.25, steps: 25 };
/** Quantiles that stand for the rate at which the tail begins. */
const ONSETS = 9;
/** Share of what an interval may miss that the posterior's may. */
const MISSED = 0.3;

interface Candidate {
  shape: number;
  scale: number;
  weight: number;
}

/**
 * The upper tail of a few scores: generalised Pareto excesses over a high quantile (Pickands 1975, Balkema and de
 * Haan 1974; Coles, An Introduction to Statistical Modeling of Extreme Values, 2001, chapters 4 and 9.1), of the
 * scores' logarithms where all are positive. The parameters are not estimated but averaged over, each pair weighted
 * by likelihood and prior, on a grid: with four to thirty excesses a maximum of the likelihood is far too sure. A
 * prior on the shape is what Martins and Stedinger (Water Resources Research 36, 2000) keep small samples sane by.
 */
export class TailFit {
  private readonly isLog: boolean;
  private readonly count: number;
  private readonly onset: number;
  private readonly excesses: number;
  private readonly mean: number;
  private readonly candidates: Candidate[];

  /** @param scores n >= 2; the tail are the largest min(n / 2, 2 sqrt(n)) of them */
  constructor(scores: readonly number[]) {
    this.isLog = scores.every((score) => score > 0);
    const sorted = scores.map((score) => (this.isLog ? Math.log(score) : score)).sort((a, b) => a - b);
    this.count = sorted.length;
    this.excesses = Math.max(1, Math.min(this.count - 1, Math.round(Math.min(this.count / 2, 2 * this.count ** 0.5))));
    this.onset = sorted[this.count - this.excesses - 1]!;
    const excesses = sorted.slice(-this.excesses).map((value) => value - this.onset);
    this.mean = Math.max(1e-9, excesses.reduce((sum, value) => sum + value, 0) / excesses.length);
    const middle = this.isLog ? LOG_SCORES.scale.middle : this.mean;
    this.candidates = weigh(excesses, this.mean, { ...LOG_SCORES, scale: { ...LOG_SCORES.scale, middle } });
  }

  /** The rate from which on this is a tail at all, (m + 1) / (n + 1). */
  get largestRate(): number {
    return (this.excesses + 1) / (this.count + 1);
  }

  /** The expected share of new scores above a threshold; the parameters' uncertainty is part of it. */
  rateAbove(threshold: number): number {
    const excess = this.excessOf(threshold);
    return this.largestRate * this.candidates.reduce((sum, each) => sum + each.weight * survival(excess, each), 0);
  }

  /** @param rate 0 < rate <= largestRate @returns the threshold that this share of new scores is expected to exceed */
  thresholdAt(rate: number): number {
    const at = (excess: number) => this.scoreAt(excess);
    let [low, high] = [0, this.mean];
    while (this.rateAbove(at(high)) > rate && high < 1e6) high *= 2;
    for (let i = 0; i < 30; i++) {
      const middle = (low + high) / 2;
      if (this.rateAbove(at(middle)) > rate) low = middle;
      else high = middle;
    }
    return at(high);
  }

  /**
   * Where the true rate above a threshold lies at a confidence, if the tail is near a generalised Pareto one. Taken
   * wider than the posterior has it: that made it hold from uniform to Pareto tails (index 2 and above) in simulation.
   */
  interval(threshold: number, confidence: number): [number, number] {
    const missed = (1 - confidence) * MISSED;
    const excess = this.excessOf(threshold);
    // The true rate at the onset, an order statistic, is Beta distributed whatever the scores' distribution.
    const onsets = Array.from({ length: ONSETS }, (_, i) =>
      betaQuantile((i + 0.5) / ONSETS, this.excesses + 1, this.count - this.excesses),
    );
    const rates = this.candidates.flatMap((each) => {
      const above = survival(excess, each);
      return onsets.map((onset) => ({ rate: onset * above, weight: each.weight / ONSETS }));
    });
    rates.sort((a, b) => a.rate - b.rate);
    return [quantile(rates, missed / 2), quantile(rates, 1 - missed / 2)];
  }

  private excessOf(score: number): number {
    return Math.max(0, (this.isLog ? Math.log(Math.max(score, Number.MIN_VALUE)) : score) - this.onset);
  }

  private scoreAt(excess: number): number {
    return this.isLog ? Math.exp(this.onset + excess) : this.onset + excess;
  }
}

function weigh(excesses: readonly number[], mean: number, prior: Prior): Candidate[] {
  const { from, to, steps } = SCALES;
  const all: Candidate[] = [];
  for (let i = 0; i <= SHAPES; i++) {
    const shape = prior.shape.from + ((prior.shape.to - prior.shape.from) * i) / SHAPES;
    for (let j = 0; j <= steps; j++) {
      const scale = mean * Math.exp(from + ((to - from) * j) / steps);
      const belief =
        ((shape - prior.shape.mean) / prior.shape.deviation) ** 2 / 2 +
        (Math.log(scale / prior.scale.middle) / prior.scale.deviation) ** 2 / 2;
      const likelihood = excesses.reduce((sum, excess) => sum + logDensity(excess, shape, scale), 0);
      all.push({ shape, scale, weight: likelihood - belief });
    }
  }
  const largest = Math.max(...all.map((each) => each.weight));
  const relative = all.map((each) => ({ ...each, weight: Math.exp(each.weight - largest) }));
  const sum = relative.reduce((total, each) => total + each.weight, 0);
  return relative.map((each) => ({ ...each, weight: each.weight / sum })).filter((each) => each.weight > 1e-7);
}

function logDensity(excess: number, shape: number, scale: number): number {
  if (Math.abs(shape) < 1e-9) return -Math.log(scale) - excess / scale;
  const inside = 1 + (shape * excess) / scale;
  return inside > 0 ? -Math.log(scale) - (1 / shape + 1) * Math.log(inside) : -Infinity;
}

/** The share of excesses beyond one. */
function survival(excess: number, { shape, scale }: Candidate): number {
  if (Math.abs(shape) < 1e-9) return Math.exp(-excess / scale);
  const inside = 1 + (shape * excess) / scale;
  return inside > 0 ? inside ** (-1 / shape) : 0;
}

function quantile(sorted: readonly { rate: number; weight: number }[], share: number): number {
  let sum = 0;
  for (const { rate, weight } of sorted) {
    sum += weight;
    if (sum >= share) return rate;
  }
  return sorted.at(-1)?.rate ?? 1;
}
