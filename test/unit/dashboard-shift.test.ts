import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../support/shared-data";

// Of another package, built beside this one.
const { Shift } = require(join(ROOT, "packages", "dashboard-2-inspection", "dist", "lib", "shift.js")) as {
  Shift: new (address: string, now: number, bytes?: number) => Shown;
};

interface Shown {
  take(message: object, picture: unknown, now: number): void;
  press(press: { number: number; word: string }): Record<string, unknown>;
  picture(number: number, kind: string): { type: string; data: Buffer } | undefined;
  show(): {
    counts: Record<string, number>;
    last?: { number: number; kinds: string[] };
    rejects: { number: number; kinds: string[]; said?: string }[];
    failed?: string;
  };
}

const jpeg = (bytes: number) => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(bytes - 3)]);
const judged = (verdict: string, more = {}) => ({
  anomaly: { verdict, score: 0.4, threshold: 0.3, map: { data: jpeg(9) }, health: { cause: "dark" } },
  ...more,
});

const { heardAt } = require(join(ROOT, "packages", "dashboard-2-inspection", "dist", "lib", "age.js")) as {
  heardAt(time: number, wall?: number): number;
};

describe("the age of what the dashboard's widget shows", () => {
  it("is that of its part, and no less than none where the panel's clock is behind the server's", () => {
    const ago = (time: number, wall: number) => performance.now() - heardAt(time, wall);
    assert.ok(ago(0, 90_000) > 89_999);
    const behind = ago(90_000, 0);
    assert.ok(Math.abs(behind) < 10_000, `${behind}`);
  });
});

describe("the shift behind the dashboard's widget", () => {
  it("counts by verdict, keeps the last rejects, and begins anew on order", () => {
    const shift = new Shift("/p", 0);
    for (let i = 0; i < 12; i++) shift.take(judged(i % 2 ? "anomaly" : "ok"), jpeg(10), i);
    for (let i = 0; i < 6; i++) shift.take(judged("unlike"), jpeg(10), i);
    const { counts, rejects, last } = shift.show();
    assert.deepEqual(counts, { ok: 6, anomaly: 6, unlike: 6, failed: 0 });
    assert.deepEqual([last?.number, ...rejects.map(({ number }) => number)], [18, 10, 12, 13, 14, 15, 16, 17, 18]);
    shift.take({ action: "shift" }, undefined, 99);
    assert.deepEqual(shift.show().counts, { ok: 0, anomaly: 0, unlike: 0, failed: 0 });
  });

  it("takes the verdict away for whatever was not inspected, until the next part", () => {
    const shift = new Shift("/p", 0);
    shift.take(judged("ok"), jpeg(10), 0);
    assert.equal(shift.show().failed, undefined);
    shift.take({ error: { message: "BAD" } }, undefined, 1);
    assert.equal(shift.show().failed, "BAD");
    shift.take(judged("ok"), jpeg(10), 2);
    for (const none of [{}, { anomaly: {} }, { anomaly: { verdict: "fine", score: 1, threshold: 2 } }]) {
      assert.throws(() => shift.take(none, jpeg(10), 3), /no verdict/);
      assert.match(shift.show().failed!, /no verdict/);
    }
    assert.equal(shift.show().counts.failed, 4);
  });

  it("counts a message without a verdict once, though its error comes back by a Catch node", () => {
    const shift = new Shift("/p", 0);
    assert.throws(() => shift.take({}, jpeg(10), 1), /no verdict/);
    const { failed } = shift.show();
    const source = { id: "widget", type: "ui-golden-sample-inspection" };
    shift.take({ error: { message: failed, source } }, undefined, 2);
    assert.deepEqual([shift.show().counts.failed, shift.show().failed], [1, failed]);
  });

  it("lets the oldest pictures go beyond its bytes, and never those of the newest part", () => {
    const shift = new Shift("/p", 0, 250);
    for (let i = 0; i < 5; i++) shift.take(judged("anomaly"), jpeg(100), i);
    const { rejects } = shift.show();
    assert.deepEqual(
      rejects.map(({ kinds }) => kinds.length),
      [0, 0, 0, 1, 1],
    );
    shift.take(judged("anomaly"), jpeg(1000), 5);
    assert.equal(shift.picture(6, "picture")?.data.length, 1000);
    assert.equal(shift.picture(5, "picture"), undefined);
    assert.throws(() => shift.press({ number: 5, word: "good" }), /Part 5 is not kept/);
  });

  it("sends what was said with the part's own message, without what is large", () => {
    const shift = new Shift("/p", 0);
    const payload = jpeg(10);
    shift.take(judged("unlike", { payload, topic: "t" }), payload, 0);
    const { anomaly, ...rest } = shift.press({ number: 1, word: "defect" }) as { anomaly: object };
    assert.deepEqual(rest, { payload, topic: "t", label: "bad", action: "defect" });
    assert.ok("score" in anomaly && !("map" in anomaly) && !("overlay" in anomaly));
    // A threshold node that got it must not judge the part again.
    assert.deepEqual(shift.press({ number: 1, word: "handled" }), { payload, topic: "t", action: "handled" });
    assert.equal(shift.show().rejects[0]?.said, "handled");
  });

  it("shows browsers what they can show, and nothing else that a message carries", () => {
    const shift = new Shift("/p", 0);
    const svg = Buffer.from("<svg onload=alert(1)>");
    for (const picture of [svg, { data: Buffer.alloc(4), width: 2, height: 2, channels: 1 }, "text", undefined]) {
      shift.take(judged("ok"), picture, 0);
      assert.deepEqual(shift.show().last?.kinds, []);
    }
    shift.take(judged("ok"), jpeg(10), 0);
    assert.deepEqual(shift.picture(5, "picture"), { type: "image/jpeg", data: jpeg(10) });
    assert.equal(shift.picture(5, "message"), undefined);
  });
});
