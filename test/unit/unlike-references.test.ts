import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { unlikeReferences } from "../../lib/threshold/unlike-references";
import { worstRegion } from "../../lib/threshold/worst-region";
import { normal, uniform } from "../support/distributions";

const EIGHT = [0.053, 0.063, 0.082, 0.055, 0.053, 0.049, 0.041, 0.059];

describe("references unlike the others", () => {
  it("are named where they score far above the rest, whatever the unit", () => {
    for (const unit of [1, 1000])
      assert.deepEqual(
        unlikeReferences([...EIGHT, 0.3].map((score) => unit * score)).map(({ index }) => index),
        [8],
      );
    assert.deepEqual(unlikeReferences(EIGHT), []);
  });

  it("are none among very few, nor among duplicates", () => {
    assert.deepEqual(unlikeReferences([0.01, 0.02, 0.5]), []);
    assert.deepEqual(unlikeReferences(Array(8).fill(0)), []);
    assert.deepEqual(unlikeReferences([0.05, 0.05, 0.05, 0.05, 0.05]), []);
  });

  it("are found in one bank of good references in twenty at most", () => {
    for (const spread of [0.15, 0.25, 0.35]) {
      const numbers = uniform(3);
      const banks = 2000;
      let named = 0;
      for (let bank = 0; bank < banks; bank++) {
        const scores = Array.from({ length: 8 }, () => 0.06 * Math.exp(spread * normal(numbers)));
        if (unlikeReferences(scores).length > 0) named++;
      }
      assert.ok(named / banks < 0.06, `spread ${spread}: ${named / banks}`);
    }
  });

  it("are unlike in the region that their score comes from", () => {
    const distances = new Float32Array(10 * 20).fill(0.02);
    for (const at of [2 * 20 + 5, 2 * 20 + 6, 3 * 20 + 5, 3 * 20 + 6]) distances[at] = 0.3;
    assert.deepEqual(worstRegion(distances, 20), { x: 0.25, y: 0.2, width: 0.1, height: 0.2 });
    assert.equal(worstRegion(new Float32Array(200), 20), undefined);
  });
});
