import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { GoldenSampleError } from "../../lib/errors";
import { balancedThreshold } from "../../lib/threshold/balanced";
import { thresholdForRate } from "../../lib/threshold/calibrate";
import { commissionedThreshold, unlikeParts } from "../../lib/threshold/commissioned";
import { defaultThreshold } from "../../lib/threshold/default-threshold";
import { normal, uniform } from "../support/distributions";

const SPREAD = 0.3;
const numbers = uniform(23);
const random = () => normal(numbers);
const good = (count: number) => Array.from({ length: count }, () => 0.06 * Math.exp(SPREAD * random()));
/** Plain defects, two to five times what good parts score. */
const bad = (count: number) => Array.from({ length: count }, () => 0.06 * (2 + 3 * numbers()));
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const rejected = (threshold: number) => mean(good(400).map((score) => (score > threshold ? 1 : 0)));

describe("a threshold from commissioned parts", () => {
  it("rejects fewer good parts the more of them set it: about 1 / (n + 2)", () => {
    const found = [8, 20, 50, 99].map((n) =>
      mean(Array.from({ length: 60 }, () => rejected(commissionedThreshold(good(n)).threshold))),
    );
    for (const [i, most] of [0.14, 0.07, 0.032, 0.018].entries())
      assert.ok(found[i]! > 0 && found[i]! < most, `${found}`);
  });

  it("is the default one of a bank that has them, whatever the references score", () => {
    const parts = good(50);
    const { threshold } = defaultThreshold([0.2, 0.3], false, parts);
    assert.equal(threshold, commissionedThreshold(parts).threshold);
    assert.notEqual(threshold, balancedThreshold([0.2, 0.3], false).threshold);
  });

  it("is moved little by defects among them, up to one in ten", () => {
    for (const n of [20, 50, 99]) {
      for (const share of [0.05, 0.1]) {
        const count = Math.round(share * n);
        const factors = Array.from({ length: 60 }, () => {
          const parts = good(n - count);
          const clean = commissionedThreshold([...parts, ...good(count)]).threshold;
          return commissionedThreshold([...parts, ...bad(count)]).threshold / clean;
        });
        assert.ok(mean(factors) < 1.2, `${n} parts, ${share} defective: ${mean(factors)}`);
      }
    }
  });

  it("promises a rate of 1 % from 99 parts, and says so; from 50 it cannot", () => {
    const many = commissionedThreshold(good(99), { rate: 0.01 });
    assert.deepEqual([many.promised, many.rule], [true, "conformal"]);
    assert.match(many.words, /99 commissioned parts/);
    assert.equal(commissionedThreshold(good(50), { rate: 0.01 }).promised, false);
  });

  it("leaves those far above the others out of a rate, and says what it means if they are good", () => {
    const parts = [...good(97), 0.4, 0.5];
    assert.deepEqual(unlikeParts(parts), [98, 99]);
    const found = commissionedThreshold(parts, { rate: 0.02 });
    assert.equal(found.threshold, thresholdForRate(parts.slice(0, 97), 0.02).threshold);
    assert.match(found.words, /2 more parts score far above the others and were left out: if they are good after all/);
  });

  it("is refused for too few parts, in one sentence", () => {
    assert.throws(
      () => commissionedThreshold(good(7)),
      (thrown: GoldenSampleError) =>
        thrown.code === "BAD_REQUEST" && /too few .*: send at least 8/.test(thrown.message),
    );
  });
});
