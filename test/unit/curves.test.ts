import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { type Chart, figuresOf } from "../../bench/curves/chart";
import { drawCharts } from "../../bench/curves/draw-charts";
import { logTicks } from "../../bench/curves/log-ticks";

const CHART: Chart = {
  title: "Cost by bank size",
  xLabel: "references in the bank",
  yLabel: "ms a frame",
  xTicks: [1, 4, 16],
  series: [
    {
      name: "lite, exact",
      points: [
        [1, 10],
        [4, 20],
        [16, 100],
      ],
    },
    {
      name: "lite, clustered",
      points: [
        [1, 10],
        [16, 50],
      ],
      isVariant: true,
    },
    {
      name: "a <b> & c",
      points: [
        [1, 60],
        [16, 80],
      ],
    },
  ],
};

/** The places that lines of this class go through, as numbers. */
const paths = (svg: string, name: string) =>
  [...svg.matchAll(new RegExp(`<path class="line ${name}" d="(M[^"h]*)"`, "g"))].map(([, path]) =>
    [...path!.matchAll(/[ML](\S+) (\S+)/g)].map(([, x, y]) => [Number(x), Number(y)] as const),
  );

describe("curves of the bench", () => {
  it("marks a logarithmic axis with round numbers that enclose what is drawn", () => {
    assert.deepEqual(logTicks(30, 400), [20, 50, 100, 200, 500]);
    assert.deepEqual(logTicks(20, 500), [20, 50, 100, 200, 500]);
    assert.deepEqual(logTicks(0.15, 0.9), [0.1, 0.2, 0.5, 1]);
    assert.deepEqual(logTicks(100, 100), [100, 200]);
  });

  it("draws every point where its value lies on logarithmic axes", () => {
    const [[one, four, sixteen]] = paths(drawCharts([CHART], ""), "first") as [[number, number][]];
    assert.ok(Math.abs(four![0] - (one![0] + sixteen![0]) / 2) < 0.2);
    // 10 to 20 is as far up as 50 to 100.
    const [[, fifty]] = paths(drawCharts([CHART], ""), "first variant") as [[number, number][]];
    assert.ok(Math.abs(one![1] - four![1] - (fifty![1] - sixteen![1])) < 0.2);
    assert.ok(one![1] > four![1] && four![1] > sixteen![1]);
  });

  it("draws a variant in its own line's colour and another line in another", () => {
    const svg = drawCharts([CHART], "");
    for (const name of ["first", "first variant", "second"]) assert.equal(paths(svg, name).length, 1, name);
  });

  it("says what is drawn, with units, and escapes it", () => {
    const svg = drawCharts([CHART, CHART, CHART], "Cost & more");
    for (const words of [
      "<title>Cost &amp; more</title>",
      "ms a frame",
      "references in the bank",
      "a &lt;b&gt; &amp; c",
    ])
      assert.ok(svg.includes(words), words);
    assert.ok(svg.includes('viewBox="0 0 880 692"'));
    assert.match(svg, /prefers-color-scheme: dark/);
  });

  it("refuses a point that was not measured instead of drawing it anywhere", () => {
    const series = [{ name: "lite", points: [[1, Number.NaN] as const] }];
    assert.throws(() => drawCharts([{ ...CHART, series }], ""), /has no place/);
  });

  it("puts every point into the scenario's JSON line", () => {
    assert.equal(figuresOf([CHART])["Cost by bank size: lite, exact, 16 (ms a frame)"], 100);
    assert.equal(Object.keys(figuresOf([CHART])).length, 7);
  });
});
