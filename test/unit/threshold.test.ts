import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { betaProbability, betaQuantile } from "../../lib/threshold/beta";
import { thresholdForRate } from "../../lib/threshold/calibrate";
import { ConsecutiveFrames } from "../../lib/threshold/consecutive";
import { shareInterval } from "../../lib/threshold/rate-interval";
import { DISTRIBUTIONS, type Distribution, NASTY, uniform } from "../support/distributions";

const DRAWS = 200;
const EIGHT = [0.2, 0.21, 0.22, 0.19, 0.2, 0.23, 0.21, 0.22];

describe("the beta distribution", () => {
  it("knows its quantiles and probabilities (figures from SciPy)", () => {
    const quantiles = [
      [0.975, 1, 8, 0.3694166475528192],
      [0.025, 2, 18, 0.013012164371777464],
      [0.95, 10, 91, 0.1517954286135935],
      [0.5, 30.5, 170.25, 0.15077337897187804],
    ] as const;
    for (const [probability, a, b, expected] of quantiles) {
      const found = betaQuantile(probability, a, b);
      assert.ok(Math.abs(found - expected) < 1e-9, `${probability} of Beta(${a}, ${b}): ${found}`);
    }
    assert.ok(Math.abs(betaProbability(0.3, 2.5, 4) - 0.3521975859067672) < 1e-9);
  });

  it("gives the interval of a share (Clopper and Pearson; figures from SciPy)", () => {
    const { low, high } = shareInterval(3, 40);
    assert.ok(Math.abs(low - 0.01574217985) < 1e-9 && Math.abs(high - 0.20386474873) < 1e-9, `${low} ${high}`);
    assert.deepEqual([shareInterval(0, 5).low, shareInterval(5, 5).high], [0, 1]);
  });
});

describe("thresholds from references", () => {
  it("takes the conformal order statistic where the references support the rate", () => {
    const scores = Array.from({ length: 19 }, (_, i) => i + 1);
    const { threshold, promised, smallestRate, rule, expected } = thresholdForRate(scores, 0.1);
    assert.deepEqual([threshold, promised, smallestRate, rule, expected], [18, true, 0.05, "conformal", 0.1]);
    assert.equal(thresholdForRate(scores, 0.05).threshold, 19);
    assert.equal(thresholdForRate(scores, 0.05).promised, true);
  });

  it("says honestly that eight references cannot promise one percent", () => {
    const { threshold, promised, words, rule, interval, worst } = thresholdForRate(EIGHT, 0.01);
    assert.deepEqual([promised, rule], [false, "tail"]);
    assert.ok(threshold >= Math.max(...EIGHT));
    assert.match(words, /8 references can promise no rate below 11 %.*99 references would promise it/);
    assert.ok(interval.low < 0.01 && interval.high > 0.01 && interval.high < worst);
  });

  it("gives the conformal rule's own rate where more was asked of it", () => {
    const { threshold, expected, promised, words } = thresholdForRate(EIGHT, 0.01, { rule: "conformal" });
    assert.deepEqual([threshold, expected, promised], [0.23, 1 / 9, false]);
    assert.match(words, /largest score/);
  });

  it("takes percentiles as NumPy does, and says what they really give", () => {
    const { threshold, expected, words } = thresholdForRate([4, 1, 3, 2, 5], 0.1, { rule: "percentile" });
    assert.ok(Math.abs(threshold - 4.6) < 1e-12);
    assert.ok(Math.abs(expected - 1.4 / 6) < 1e-12);
    assert.match(words, /23 % of good parts are expected.*not the 10 %/);
  });

  it("calls a threshold from one reference's augmentations weak", () => {
    const { weak, promised, words } = thresholdForRate(EIGHT, 0.2, { weak: true });
    assert.deepEqual([weak, promised], [true, false]);
    assert.match(words, /^Weak: .* one reference/);
  });

  it("does not depend on the scores' unit", () => {
    const [small, large] = [1e-6, 1e6].map((unit) =>
      thresholdForRate(
        EIGHT.map((score) => score * unit),
        0.01,
      ),
    );
    assert.ok(Math.abs(large!.threshold / small!.threshold / 1e12 - 1) < 1e-6);
    assert.ok(Math.abs(large!.interval.high - small!.interval.high) < 1e-9);
  });

  it("stands scores that are all the same, zero or below", () => {
    for (const scores of [Array(8).fill(0.2), Array(8).fill(0), [0, 0, 0.1, 0.2, 0.1, 0, 0.3, 0.1]] as number[][]) {
      for (const rule of ["auto", "conformal", "tail", "percentile"] as const) {
        const { threshold, expected } = thresholdForRate(scores, 0.01, { rule });
        assert.ok(Number.isFinite(threshold) && threshold >= 0 && Number.isFinite(expected), `${rule}: ${threshold}`);
      }
    }
  });

  it("refuses too few references and rates that are none", () => {
    assert.throws(() => thresholdForRate([0.3], 0.01), /one reference, too few/);
    assert.throws(() => thresholdForRate([], 0.01), /no references/);
    for (const rate of [0, 1, -1, Number.NaN])
      assert.throws(() => thresholdForRate([1, 2, 3], rate), /false-reject rate/);
  });
});

/** 200 draws of references each; the true rate of every threshold is known, so nothing is left to chance but the draw. */
describe("the stated false-reject rate, simulated", () => {
  const simulate = (distribution: Distribution, n: number, rate: number, rule: "conformal" | "tail" | "percentile") => {
    const random = uniform(n * 1000 + rate * 100);
    let [within, underWorst, sum, expected] = [0, 0, 0, 0];
    for (let draw = 0; draw < DRAWS; draw++) {
      const scores = Array.from({ length: n }, () => distribution.draw(random));
      const found = thresholdForRate(scores, rate, { rule });
      const realised = distribution.above(found.threshold);
      if (realised >= found.interval.low && realised <= found.interval.high) within++;
      if (realised <= found.worst) underWorst++;
      sum += realised;
      expected += found.expected;
    }
    const what = `${distribution.name}, ${n} references, ${rule} ${rate}`;
    return {
      within: within / DRAWS,
      underWorst: underWorst / DRAWS,
      mean: sum / DRAWS,
      expected: expected / DRAWS,
      what,
    };
  };
  /** Three standard deviations of 200 trials at 95 % are 4.6 points. */
  const LEAST = 0.95 - 0.046;

  for (const distribution of DISTRIBUTIONS) {
    it(`keeps within the stated interval on scores that are ${distribution.name}`, () => {
      for (const [n, rate, rule] of [
        [8, 0.2, "conformal"],
        [19, 0.05, "conformal"],
        [100, 0.05, "conformal"],
        [8, 0.01, "tail"],
        [30, 0.01, "tail"],
        [8, 0.1, "percentile"],
        [40, 0.05, "percentile"],
      ] as const) {
        const { within, underWorst, mean, expected, what } = simulate(distribution, n, rate, rule);
        assert.ok(within >= LEAST, `${what}: ${within} of the draws within the interval`);
        assert.ok(underWorst >= LEAST, `${what}: ${underWorst} of the draws under the worst rate`);
        if (rule === "tail") continue;
        assert.ok(Math.abs(mean - expected) < 0.3 * expected, `${what}: ${mean} of the parts, expected ${expected}`);
      }
    });
  }

  for (const distribution of NASTY) {
    it(`stays under the worst rate that is stated even on ${distribution.name}`, () => {
      for (const n of [8, 30]) {
        const { underWorst, what } = simulate(distribution, n, 0.01, "tail");
        assert.ok(underWorst >= LEAST, `${what}: ${underWorst}`);
      }
    });
  }

  it("comes near the rate that is extrapolated where tails are ordinary", () => {
    for (const distribution of DISTRIBUTIONS.slice(0, 4)) {
      const { mean, what } = simulate(distribution, 30, 0.01, "tail");
      assert.ok(mean < 0.02, `${what}: ${mean}`);
    }
  });
});

describe("consecutive frames", () => {
  it("raises only after so many in a row, and starts over after a good one", () => {
    const frames = new ConsecutiveFrames(3);
    const raised = [true, true, false, true, true, true, true, false].map((over) => frames.next(over));
    assert.deepEqual(raised, [false, false, false, false, false, true, true, false]);
  });
});
