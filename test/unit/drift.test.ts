import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { type Drift, DriftMonitor } from "../../lib/threshold/drift";
import { uniform } from "../support/distributions";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** A line with a frame every `interval`; `level` gives the good parts' usual score at a time, one part in 50 is defective. */
function run(monitor: DriftMonitor, from: number, until: number, interval: number, level: (time: number) => number) {
  const random = uniform(from / 1000 + interval);
  const seen: (Drift & { time: number })[] = [];
  for (let time = from; time < until; time += interval) {
    const normal = Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
    const isDefect = random() < 0.02;
    const score = level(time) * Math.exp(0.15 * normal) * (isDefect ? 6 : 1);
    seen.push({ ...monitor.next(score, isDefect, time), time });
  }
  return seen;
}

describe("drift", () => {
  it("is not seen on a steady line, slow or quick, with defects now and then", () => {
    for (const interval of [MINUTE / 6, MINUTE, 30 * MINUTE]) {
      const seen = run(new DriftMonitor(), 0, 10 * DAY, interval, () => 0.2);
      assert.ok(
        seen.every((drift) => drift.state !== "drifting"),
        `a frame every ${interval / MINUTE} min`,
      );
    }
  });

  it("is not seen where only the hours of the day differ", () => {
    const seen = run(
      new DriftMonitor(),
      0,
      10 * DAY,
      MINUTE,
      (time) => 0.2 * (1 + 0.05 * Math.sin((2 * Math.PI * time) / DAY)),
    );
    assert.ok(seen.every((drift) => drift.state !== "drifting"));
  });

  it("is seen when scores creep up over days, and said once", () => {
    const seen = run(new DriftMonitor(), 0, 10 * DAY, MINUTE, (time) => 0.2 * (1 + 0.06 * Math.max(0, time / DAY - 2)));
    const found = seen.filter((drift) => drift.isNew);
    assert.equal(found.length, 1);
    assert.ok(found[0]!.time > 3 * DAY && found[0]!.time < 8 * DAY, `after ${found[0]!.time / DAY} days`);
    assert.match(found[0]!.words, /risen by \d+ %.*clean the lens/);
    assert.equal(seen.at(-1)!.state, "drifting");
    assert.ok(seen.at(-1)!.factor > 1.15);
  });

  it("is seen when scores fall, as a lens out of focus makes them", () => {
    const seen = run(new DriftMonitor(), 0, 8 * DAY, 5 * MINUTE, (time) => (time < 2 * DAY ? 0.2 : 0.14));
    assert.match(seen.find((drift) => drift.isNew)!.words, /fallen by/);
  });

  it("goes on where it was after a restart, and anew from an empty memory", () => {
    const monitor = new DriftMonitor();
    run(monitor, 0, DAY, MINUTE, () => 0.2);
    const stored = JSON.parse(JSON.stringify(monitor.memory));
    const seen = run(new DriftMonitor(stored), DAY, 5 * DAY, MINUTE, () => 0.28);
    assert.equal(seen.filter((drift) => drift.isNew).length, 1);
    assert.equal(run(new DriftMonitor(), DAY, 5 * DAY, MINUTE, () => 0.28).filter((drift) => drift.isNew).length, 0);
  });

  it("learns what is usual from parts that were not over the threshold", () => {
    const monitor = new DriftMonitor();
    for (let i = 0; i < 500; i++) assert.equal(monitor.next(5, true, i * MINUTE).state, "learning");
    assert.equal(monitor.memory.count, 0);
  });
});
