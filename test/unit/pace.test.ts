import assert from "node:assert/strict";
import { Pace } from "../../scripts/demo/station/pace";

const INTERVAL = 50;

/** Results of these parts, one every interval from `start` on. */
function read(pace: Pace, from: number, count: number, start: number): number {
  for (let i = 0; i < count; i++) pace.read(from + i, start + i * INTERVAL);
  return start + count * INTERVAL;
}

describe("the pace of a line", () => {
  it("is that of its results, once five have come in a row", () => {
    const pace = new Pace();
    assert.ok(Number.isNaN(pace.perSecond));
    read(pace, 0, 26, 0);
    assert.equal(pace.perSecond, 20);
    assert.equal(pace.milliseconds, 20 * INTERVAL);
  });

  it("leaves out a fault and what it takes until five results come in a row again", () => {
    const pace = new Pace();
    const fault = read(pace, 0, 26, 0);
    pace.disturb(fault + 1000);
    // Some parts have results meanwhile, and then two in a row, before one is left out.
    read(pace, 26, 10, fault + 200);
    const over = read(pace, 37, 2, fault + 2000);
    const before = pace.milliseconds;
    read(pace, 40, 26, over);
    assert.equal(pace.perSecond, 20);
    assert.equal(pace.milliseconds, before + 20 * INTERVAL);
  });

  it("counts what is slow while nothing is wrong, and parts without a result", () => {
    const pace = new Pace();
    const now = read(pace, 0, 6, 0);
    pace.read(8, now + 950);
    assert.equal(pace.perSecond, 3);
  });
});
