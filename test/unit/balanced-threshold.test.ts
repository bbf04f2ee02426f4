import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { balancedThreshold } from "../../lib/threshold/balanced";
import { studentQuantile } from "../../lib/threshold/student";
import { normal, uniform } from "../support/distributions";

/** Leave-one-out scores of the first eight references of a real set, by a learned backbone. */
const EIGHT = [0.053, 0.063, 0.082, 0.055, 0.053, 0.049, 0.041, 0.059];

describe("Student's t distribution", () => {
  it("knows its quantiles (figures from SciPy)", () => {
    for (const [probability, freedom, expected] of [
      [0.9, 15, 1.3406056078504547],
      [0.75, 9, 0.7027221467513326],
      [0.1, 8, -1.396815309723693],
      [0.99, 106, 2.3620425609455746],
    ] as const) {
      const found = studentQuantile(probability, freedom);
      assert.ok(Math.abs(found - expected) < 1e-6, `${probability}, ${freedom}: ${found}`);
    }
  });
});

describe("the balanced threshold", () => {
  it("rejects about one good part in ten with eight references, and fewer as they grow", () => {
    const numbers = uniform(11);
    const random = () => normal(numbers);
    for (const [n, spread, most] of [
      [4, 0.25, 0.19],
      [8, 0.25, 0.12],
      [8, 0.45, 0.17],
      [32, 0.25, 0.05],
      [32, 0.45, 0.06],
      [99, 0.35, 0.02],
    ] as const) {
      let rejected = 0;
      const draws = 300;
      for (let draw = 0; draw < draws; draw++) {
        // Of a bank that does not grow better: the threshold is corrected for one that does.
        const flattered = (n / (n - 1)) ** (1 / 3);
        const seen = Array.from({ length: n }, () => flattered * 0.06 * Math.exp(spread * random()));
        const { threshold } = balancedThreshold(seen, false);
        for (let part = 0; part < 50; part++) if (0.06 * Math.exp(spread * random()) > threshold) rejected++;
      }
      const share = rejected / (draws * 50);
      assert.ok(share > 0 && share < most, `${n} references, spread ${spread}: ${share}`);
    }
  });

  it("lets one unusual reference of eight decide nothing", () => {
    const { threshold: usual } = balancedThreshold(EIGHT, false);
    for (const factor of [4, 100, 0.01]) {
      const spoiled = balancedThreshold([...EIGHT.slice(0, 7), EIGHT[7]! * factor], false).threshold;
      assert.ok(spoiled > 0.85 * usual && spoiled < 1.15 * usual, `${factor}: ${spoiled} instead of ${usual}`);
    }
  });

  it("scales with the scores, and takes identical references for what they are", () => {
    const [small, large] = [EIGHT, EIGHT.map((score) => 1000 * score)].map(
      (scores) => balancedThreshold(scores, false).threshold,
    );
    assert.ok(Math.abs(large! / small! - 1000) < 1e-6);
    const { threshold } = balancedThreshold([0, 0, 0, 0], false);
    assert.ok(threshold > 0 && threshold < 1e-6, `${threshold}`);
  });

  it("says what share it is chosen for and how little eight references know of it", () => {
    const { rate, expected, interval, promised, words } = balancedThreshold(EIGHT, false);
    assert.deepEqual([rate, expected, promised], [0.1, 0.1, false]);
    assert.ok(interval.low < 0.1 && interval.high > 0.3);
    assert.match(words, /about 10 % of good parts .* from 8 references .* more references reject fewer/);
  });

  it("takes altered copies of one reference as one score, and calls that weak", () => {
    const copies = Array.from({ length: 16 }, (_, i) => 0.04 + 0.001 * i);
    const { threshold, weak, words, rate } = balancedThreshold(copies, true);
    assert.ok(weak && rate === 0.25 && threshold > Math.max(...copies) && threshold < 0.08, `${threshold}`);
    assert.match(words, /add references/);
  });

  it("needs two scores", () => {
    assert.throws(() => balancedThreshold([0.3], false), /one reference, too few/);
    assert.throws(() => balancedThreshold([], false), /no references/);
  });
});
