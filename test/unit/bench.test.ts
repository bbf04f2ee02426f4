import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { barTable, verdict } from "../../bench/bars";
import { rankCorrelation } from "../../bench/rank-correlation";
import type { Scenario } from "../../bench/scenario";

describe("bench", () => {
  it("holds a figure against its bar from the right side", () => {
    assert.equal(verdict(1.2, { figure: "a", what: "", atMost: 1.2 }), "met");
    assert.equal(verdict(1.3, { figure: "a", what: "", atMost: 1.2 }), "missed");
    assert.equal(verdict(0.9, { figure: "a", what: "", atLeast: 0.95 }), "missed");
    assert.equal(verdict(1.05, { figure: "a", what: "", atMost: 1.2, aim: 1.1 }), "met, aim too");
    assert.equal(verdict(1.15, { figure: "a", what: "", atMost: 1.2, aim: 1.1 }), "met");
    assert.equal(verdict(Number.NaN, { figure: "a", what: "", atMost: 1.2 }), "missed");
  });

  it("ranks equal values alike", () => {
    assert.equal(rankCorrelation([1, 2, 3, 4], [10, 20, 30, 40]), 1);
    assert.equal(rankCorrelation([1, 2, 3], [3, 2, 1]), -1);
    assert.ok(Math.abs(rankCorrelation([0, 0, 1, 1], [0, 1, 0, 1])) < 1e-12);
    assert.ok(Number.isNaN(rankCorrelation([0, 0, 0], [1, 2, 3])));
  });

  it("shows every bar, also of a scenario that gave no figure", () => {
    const bars = [
      { figure: "a", what: "first", atMost: 2 },
      { figure: "b", what: "second", atLeast: 1 },
    ];
    const scenario: Scenario = { name: "one", about: "", bars, run: async () => ({}) };
    const table = barTable([
      [scenario, { figures: { a: 1.23456 } }],
      [scenario, { skipped: "no peer" }],
    ]);
    const cells = table.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
    assert.deepEqual(
      cells.slice(2).map((row) => row.slice(2, 6)),
      [
        ["first", "1.235", "at most 2", "met"],
        ["second", "-", "at least 1", "not measured"],
        ["first", "-", "at most 2", "skipped: no peer"],
        ["second", "-", "at least 1", "skipped: no peer"],
      ],
    );
  });
});
