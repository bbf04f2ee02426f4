import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { auroc, averagePrecision, f1Max } from "../../lib/evaluate/metrics";

/** Scores with ties; the expected figures are scikit-learn 1.2's on the same numbers. */
const SCORES = [
  0.55, 0.71, 0.29, 0.51, 0.89, 0.9, 0.13, 0.21, 0.05, 0.44, 0.03, 0.46, 0.65, 0.28, 0.68, 0.59, 0.02, 0.56, 0.26, 0.42,
  0.28, 0.69, 0.44, 0.16, 0.54, 0.78, 0.31, 0.22, 0.39, 0.94, 0.98, 0.67, 0.9, 0.85, 0.38, 0.09, 0.65, 0.56, 0.36, 0.23,
];
const DEFECTIVE = "0000110000000000011110100011011110010101";
const items = SCORES.map((score, i) => ({ score, defective: DEFECTIVE[i] === "1" }));

describe("image-level figures", () => {
  it("agree with scikit-learn", () => {
    assert.ok(Math.abs(auroc(items) - 0.5963541666666667) < 1e-12);
    assert.ok(Math.abs(averagePrecision(items) - 0.6212855122710049) < 1e-12);
    assert.ok(Math.abs(f1Max(items).f1 - 0.6122448979591837) < 1e-12);
  });

  it("are 1 for a perfect order and 0.5 for equal scores", () => {
    const perfect = [1, 2, 3, 4].map((score) => ({ score, defective: score > 2 }));
    assert.deepEqual([auroc(perfect), averagePrecision(perfect), f1Max(perfect)], [1, 1, { f1: 1, threshold: 3 }]);
    assert.equal(auroc(perfect.map((item) => ({ ...item, score: 7 }))), 0.5);
  });

  it("have no AUROC without both classes", () => {
    assert.ok(Number.isNaN(auroc([{ score: 1, defective: true }])));
  });
});
