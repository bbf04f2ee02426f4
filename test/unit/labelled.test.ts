import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, it } from "mocha";
import { type LabelledScore, thresholdFromLabels } from "../../lib/threshold/labelled";
import { fitProbability } from "../../lib/threshold/probability";
import { bankKey, ThresholdMemory } from "../../lib/threshold/threshold-memory";
import { uniform } from "../support/distributions";
import { temporaryFolder } from "../support/temporary";

const labelled = (good: number[], bad: number[]): LabelledScore[] => [
  ...good.map((score) => ({ score, defective: false })),
  ...bad.map((score) => ({ score, defective: true })),
];
const logNormal = (random: () => number, middle: number) =>
  middle * Math.exp(0.25 * Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()));
const draw = (random: () => number, count: number, middle: number) =>
  Array.from({ length: count }, () => logNormal(random, middle));

describe("thresholds from labelled parts", () => {
  it("cuts in the middle of the gap where there is one", () => {
    const found = thresholdFromLabels(labelled([0.1, 0.2, 0.3], [0.7, 0.9]), { kind: "f1" });
    assert.ok(Math.abs(found.threshold - 0.5) < 1e-12);
    assert.deepEqual([found.f1, found.falseReject.rate, found.escape.rate], [1, 0, 0]);
    assert.ok(found.escape.interval.high > 0.8, "two defects say little");
  });

  it("finds the largest F1 (against all thresholds)", () => {
    const random = uniform(3);
    const items = labelled(draw(random, 60, 1), draw(random, 25, 1.4));
    const f1At = (threshold: number) => {
      const hits = items.filter((item) => item.defective && item.score > threshold).length;
      const alarms = items.filter((item) => item.score > threshold).length;
      return (2 * hits) / (25 + alarms);
    };
    const best = Math.max(...items.map((item) => f1At(item.score * (1 - 1e-9))));
    const found = thresholdFromLabels(items, { kind: "f1" });
    assert.ok(Math.abs(found.f1 - best) < 1e-9 && Math.abs(f1At(found.threshold) - best) < 1e-9);
  });

  it("keeps the escape rate over many draws of defects", () => {
    const random = uniform(4);
    let [escaped, within] = [0, 0];
    const draws = 400;
    for (let i = 0; i < draws; i++) {
      const items = labelled(draw(random, 20, 1), draw(random, 39, 1.6));
      const { threshold, escape: escapes, supported } = thresholdFromLabels(items, { kind: "escape", rate: 0.1 });
      assert.ok(supported);
      const fresh = draw(random, 200, 1.6).filter((score) => score <= threshold).length / 200;
      escaped += fresh / draws;
      // The fresh parts' own chance widens what is seen by a little.
      if (fresh >= escapes.interval.low - 0.03 && fresh <= escapes.interval.high + 0.03) within++;
    }
    assert.ok(escaped < 0.1 + 0.015 && escaped > 0.07, `${escaped}`);
    assert.ok(within / draws > 0.93, `${within}`);
  });

  it("says that a few defects cannot promise a small escape rate", () => {
    const found = thresholdFromLabels(labelled([0.1, 0.2, 0.55], [0.5, 0.7, 0.8]), { kind: "escape", rate: 0.01 });
    assert.equal(found.supported, false);
    assert.ok(found.threshold < 0.5 && found.threshold >= 0.2);
    assert.match(found.words, /3 defective parts can promise no escape rate below 25 %.*99 would promise 1 %/);
  });

  it("weighs costs: an expensive escape moves the threshold down, rare defects move it up", () => {
    const random = uniform(5);
    const items = labelled(draw(random, 200, 1), draw(random, 200, 1.5));
    const at = (cost: number, prevalence: number) =>
      thresholdFromLabels(items, { kind: "costs", falseReject: 1, escape: cost, prevalence });
    assert.ok(at(100, 0.1).threshold < at(1, 0.1).threshold);
    assert.ok(at(10, 0.001).threshold > at(10, 0.1).threshold);
    const { cost, falseReject, escape: escapes } = at(10, 0.1);
    assert.ok(Math.abs(cost! - (0.9 * falseReject.rate + 0.1 * 10 * escapes.rate)) < 1e-12);
  });

  it("refuses one kind alone and goals that cannot be", () => {
    assert.throws(() => thresholdFromLabels(labelled([1], []), { kind: "f1" }), /at least one of each/);
    const both = labelled([1], [2]);
    assert.throws(() => thresholdFromLabels(both, { kind: "escape", rate: 0 }), /escape rate of 0 %/);
    const free = { kind: "costs", falseReject: 0, escape: 1, prevalence: 0.1 } as const;
    assert.throws(() => thresholdFromLabels(both, free), /costs of a false reject/);
  });

  it("stands equal scores", () => {
    for (const goal of [{ kind: "f1" }, { kind: "escape", rate: 0.5 }] as const) {
      const found = thresholdFromLabels(labelled([0.5, 0.5], [0.5, 0.5]), goal);
      assert.ok(Number.isFinite(found.threshold));
    }
  });
});

describe("probabilities from labelled parts", () => {
  const random = uniform(6);
  const items = labelled(draw(random, 400, 1), draw(random, 400, 1.4));
  /** Two log-normal distributions of the same spread have exactly a logistic curve between them. */
  const truth = (score: number) =>
    1 / (1 + Math.exp(-(Math.log(1.4) / 0.25 ** 2) * (Math.log(score) - Math.log(1.4) / 2)));

  for (const method of ["platt", "isotonic"] as const) {
    it(`come near the true ones (${method})`, () => {
      const map = fitProbability(items, { method })!;
      for (const score of [0.8, 1, 1.2, 1.4, 1.8]) {
        const off = Math.abs(map.at(score) - truth(score));
        assert.ok(off < (method === "platt" ? 0.05 : 0.12), `${score}: ${map.at(score)} for ${truth(score)}`);
      }
      const grid = Array.from({ length: 200 }, (_, i) => map.at(0.3 + i * 0.02));
      assert.ok(
        grid.every((p, i) => p >= 0 && p <= 1 && p >= (grid[i - 1] ?? 0)),
        "rises with the score",
      );
    });
  }

  it("are brought to the share of defects on the line", () => {
    const at = fitProbability(items, { method: "platt" })!.at(1.3);
    const rare = fitProbability(items, { method: "platt", prevalence: 0.01 })!.at(1.3);
    assert.ok(Math.abs(rare / (1 - rare) / (at / (1 - at)) - 0.01 / 0.99) < 1e-9);
  });

  it("choose by the number of labels, and need both kinds", () => {
    assert.equal(fitProbability(items)!.method, "isotonic");
    const few = fitProbability(labelled([0.1, 0.2], [0.6]))!;
    assert.equal(few.method, "platt");
    assert.ok(few.at(0.1) < few.at(0.6) && few.at(0.6) < 1);
    assert.equal(fitProbability(labelled([0.1], [])), undefined);
  });
});

describe("a threshold's memory", () => {
  it("comes back from its file, and forgets the banks used longest ago", async () => {
    const folder = temporaryFolder();
    try {
      const file = join(folder.path, "deep", "memory.json");
      const memory = new ThresholdMemory(file);
      for (let version = 1; version <= 20; version++) {
        memory.addLabel(bankKey("part", 1, [version]), { score: version, defective: version % 2 === 0 });
      }
      // Left by a process that ended while it wrote.
      const [old, young] = ["0123abcd", "4567cdef"].map((digits) => `${file}.${digits}.tmp`);
      mkdirSync(dirname(file));
      for (const path of [old!, young!]) writeFileSync(path, "{");
      utimesSync(old!, new Date(0), new Date(0));
      await memory.save();
      assert.deepEqual(readdirSync(dirname(file)), [basename(file), basename(young!)]);
      const again = new ThresholdMemory(file);
      assert.deepEqual(again.labels(bankKey("part", 1, [20])), [{ score: 20, defective: true }]);
      assert.deepEqual(again.labels(bankKey("part", 1, [1])), []);
      assert.deepEqual(again.labels(bankKey("other", 1, [20])), []);
      // A version that only has accepted patches more; one without calibration is alone.
      assert.equal(again.labels(bankKey("part", 2, [20])).length, 1);
      assert.notEqual(bankKey("part", 1, []), bankKey("part", 2, []));
      assert.deepEqual(again.otherLabels(bankKey("part", 3, [21])), [{ score: 20, defective: true }]);
      assert.deepEqual(again.otherLabels(bankKey("part of it", 3, [21])), []);
      writeFileSync(file, readFileSync(file, "utf8").slice(0, 40));
      assert.throws(() => new ThresholdMemory(file), /damaged.*delete it/);
    } finally {
      folder.remove();
    }
  });
});
