import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { percent as inReport } from "../../lib/evaluate/report/tables";
import { percent } from "../../lib/threshold/percent";

describe("a share in percent", () => {
  it("has two digits, and says of nearly all how much is left", () => {
    const shares = [0, 0.00123, 0.0123, 0.1, 0.347, 0.95, 0.99, 0.995, 0.9975, 0.99999, 1, 1.5];
    assert.deepEqual(
      shares.map(percent),
      ["0", "0.12", "1.2", "10", "35", "95", "99", "99.5", "99.75", "99.999", "100", "150"].map((text) => `${text} %`),
    );
  });

  it("is all in the report where it is all", () => {
    assert.deepEqual([199 / 200, 0.994, 1, undefined].map(inReport), ["99.5 %", "99 %", "100 %", "–"]);
  });
});
