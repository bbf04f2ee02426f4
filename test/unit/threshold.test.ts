import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { thresholdForRate } from "../../lib/threshold/calibrate";
import { ConsecutiveFrames } from "../../lib/threshold/consecutive";
import { studentQuantile } from "../../lib/threshold/student";

describe("thresholds from references", () => {
  it("knows Student's quantiles (figures from SciPy)", () => {
    const known = [
      [0.99, 7, 2.9979515669],
      [0.95, 1, 6.3137515147],
      [0.999, 15, 3.7328344253],
      [0.975, 30, 2.0422724563],
    ] as const;
    for (const [probability, freedom, expected] of known) {
      assert.ok(Math.abs(studentQuantile(probability, freedom) - expected) < 1e-6, `${probability}, ${freedom}`);
    }
  });

  it("takes the conformal order statistic where the references support the rate", () => {
    const scores = Array.from({ length: 19 }, (_, i) => i + 1);
    const { threshold, promised, smallestRate } = thresholdForRate(scores, 0.1);
    assert.equal(threshold, 18);
    assert.equal(promised, true);
    assert.equal(smallestRate, 0.05);
    assert.equal(thresholdForRate(scores, 0.05).threshold, 19);
    assert.equal(thresholdForRate(scores, 0.05).promised, true);
  });

  it("says honestly that eight references cannot promise one percent", () => {
    const scores = [0.2, 0.21, 0.22, 0.19, 0.2, 0.23, 0.21, 0.22];
    const { threshold, promised, words } = thresholdForRate(scores, 0.01);
    assert.equal(promised, false);
    assert.ok(threshold >= Math.max(...scores));
    assert.match(words, /8 references can promise no rate below 11 %.*99 references would promise it/);
  });

  it("keeps the promised rate over many draws", () => {
    const random = generator(7);
    let rejected = 0;
    const draws = 4000;
    for (let i = 0; i < draws; i++) {
      const scores = Array.from({ length: 19 }, () => Math.exp(random()));
      if (Math.exp(random()) > thresholdForRate(scores, 0.1).threshold) rejected++;
    }
    // 400 expected; four standard deviations are 76.
    assert.ok(rejected / draws < 0.1 + 0.019, `${rejected} of ${draws}`);
    assert.ok(rejected / draws > 0.1 - 0.019, `${rejected} of ${draws}`);
  });

  it("refuses too few references and rates that are none", () => {
    assert.throws(() => thresholdForRate([0.3], 0.01), /one reference, too few/);
    assert.throws(() => thresholdForRate([], 0.01), /no references/);
    for (const rate of [0, 1, -1, Number.NaN])
      assert.throws(() => thresholdForRate([1, 2, 3], rate), /false-reject rate/);
  });
});

describe("consecutive frames", () => {
  it("raises only after so many in a row, and starts over after a good one", () => {
    const frames = new ConsecutiveFrames(3);
    const raised = [true, true, false, true, true, true, true, false].map((over) => frames.next(over));
    assert.deepEqual(raised, [false, false, false, false, false, true, true, false]);
  });
});

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
