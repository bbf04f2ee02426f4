import assert from "node:assert/strict";
import { LIMITS } from "../../nodes/inspection/limits";
import { Pair } from "../../nodes/inspection/pair";
import type { Part } from "../../nodes/inspection/part";
import { PictureBudget } from "../../nodes/inspection/picture-budget";
import type { JudgedFrame, ScoredFrame } from "../../nodes/shared/inspection-news";

const judged = (score: number, verdict: "ok" | "anomaly" = "ok"): JudgedFrame =>
  ({
    message: "m",
    node: "n",
    anomaly: { score, threshold: 0.5, verdict, mode: "fixed", timing: { total: 10 } },
  }) as JudgedFrame;
const scored = (bytes: number, dropped = 0): ScoredFrame => ({
  ...{ message: "m", node: "s", mask: undefined, bank: { node: "bank", name: undefined }, dropped },
  image: { kind: "encoded", data: Buffer.alloc(bytes) },
});

describe("what is kept of inspected parts", () => {
  it("is bounded: pictures of the last ones and the last rejects, scores of a thousand", () => {
    const pair = new Pair(new PictureBudget(LIMITS.bytes));
    pair.add(judged(0.9, "anomaly"), scored(10), 1);
    for (let i = 0; i < LIMITS.scores + 20; i++) pair.add(judged(0.1), scored(10), 2 + i);
    assert.deepEqual([pair.parts.length, pair.rejects.length, pair.scores.length], [LIMITS.parts, 1, LIMITS.scores]);
    // Long out of the last fifty, and still to be seen among the rejects.
    assert.ok(pair.part(1)!.image);
    assert.equal(pair.part(2), undefined);
    assert.equal(pair.counts.ok, LIMITS.scores + 20);
  });

  it("lets the oldest pictures go where there are too many bytes", () => {
    const pictures = new PictureBudget(1000);
    const pair = new Pair(pictures);
    for (let i = 0; i < 5; i++) pair.add(judged(0.1), scored(300), i);
    const kept = pair.parts.filter((part: Part) => part.image).map(({ number }) => number);
    assert.deepEqual(kept, [3, 4, 5]);
    pair.close();
    assert.ok(pair.parts.every(({ image }) => image === undefined));
  });

  it("counts what a score node drops over its redeploys", () => {
    const pair = new Pair(new PictureBudget(1000));
    for (const dropped of [1, 4, 0, 2]) pair.add(judged(0.1), scored(1, dropped), 1);
    assert.equal(pair.counts.dropped, 6);
    pair.reset(9);
    assert.deepEqual(pair.counts, { ok: 0, anomaly: 0, unlike: 0, dropped: 0 });
    pair.add(judged(0.1), scored(1, 3), 10);
    assert.equal(pair.counts.dropped, 1);
  });
});
