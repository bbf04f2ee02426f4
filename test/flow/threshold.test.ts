import assert from "node:assert/strict";
import { assertSentence, FlowTest, type Message, until } from "./harness";
import { CALIBRATION, flow, type Judged, judged, scored } from "./threshold-flow";

describe("anomaly-threshold", () => {
  let test: FlowTest;
  beforeEach(() => {
    test = new FlowTest();
  });
  afterEach(() => test.end());

  it("tells ok from anomaly by a fixed threshold", async () => {
    await test.start(flow());
    test.send(scored(0.5));
    test.send(scored(0.7));
    const ok = await test.inbox("ok").first();
    const anomaly = await test.inbox("anomaly").first();
    assert.deepEqual([ok.payload, anomaly.payload, anomaly.topic], [false, true, "kept"]);
    assert.deepEqual([judged(ok).verdict, judged(anomaly).verdict], ["ok", "anomaly"]);
    assert.equal(judged(anomaly).threshold, 0.5);
    assert.ok(Math.abs(judged(anomaly).margin - 0.2) < 1e-9);
    assert.ok(!("falseRejectRate" in judged(anomaly)));
    await until(() => test.statuses().at(-1) === "red dot part v1 \u00b7 0.70 of 0.50 \u00b7 anomaly");
    await test.inbox("completed").take(2);
    assert.equal(test.inbox("completed").messages.length, 2);
  });

  it("makes an anomaly of a frame on which something is missing, whatever its score", async () => {
    await test.start(flow());
    const lacking = (over: boolean): Message => {
      const message = scored(0.2);
      const missing = { score: 0.3, threshold: 0.25, over, reference: 0, x: 40, y: 30 };
      Object.assign(message.anomaly as object, { missing });
      return message;
    };
    test.send(lacking(false));
    test.send(lacking(true));
    const [whole, part] = [await test.inbox("ok").first(), await test.inbox("anomaly").first()];
    assert.deepEqual([judged(whole).verdict, judged(part).verdict, judged(part).over], ["ok", "anomaly", true]);
    await until(() => test.statuses().at(-1) === "red dot part v1 \u00b7 0.20 of 0.50 \u00b7 part missing");
  });

  it("judges by its own threshold alone what another threshold node has judged before it", async () => {
    const strict = { id: "strict", type: "anomaly-threshold", z: "tab", mode: "fixed", threshold: "0.3" };
    const loose = flow({ mode: "balanced", wires: [["strict"], ["strict"], ["strict"]] });
    await test.start([...loose, { ...strict, wires: [["ok"], ["anomaly"], ["unlike"]] }]);
    const twice = scored(
      0.2,
      CALIBRATION.map((score) => score + 0.4),
    );
    const regionsOfInterest = [
      { name: "rim", score: 0.35 },
      { name: "bore", score: 0.35, threshold: 0.6 },
    ];
    Object.assign(twice.anomaly as object, { regionsOfInterest });
    test.send(twice);
    const { anomaly } = (await test.inbox("anomaly").first()) as { anomaly: Judged & { regionsOfInterest: object[] } };
    assert.deepEqual([anomaly.verdict, anomaly.threshold, anomaly.mode], ["anomaly", 0.3, "fixed"]);
    assert.ok(!("falseRejectRate" in anomaly));
    const regions = anomaly.regionsOfInterest as { threshold: number; over: boolean }[];
    assert.deepEqual(
      regions.map(({ threshold, over }) => [threshold, over]),
      [
        [0.3, true],
        [0.6, false],
      ],
    );
  });

  for (const [output, payload] of [
    ["verdict", true],
    ["unchanged", "picture"],
  ] as const) {
    it(`makes the payload ${output}`, async () => {
      await test.start(flow({ output }));
      test.send(scored(0.9));
      assert.equal((await test.inbox("anomaly").first()).payload, payload);
    });
  }

  it("makes the payload the result", async () => {
    await test.start(flow({ output: "result" }));
    test.send(scored(0.9));
    const { payload, anomaly } = await test.inbox("anomaly").first();
    assert.deepEqual(payload, anomaly);
  });

  it("waits for consecutive frames", async () => {
    await test.start(flow({ frames: "2", output: "unchanged" }));
    for (const score of [0.9, 0.1, 0.9, 0.9, 0.9, 0.1]) test.send(scored(score));
    const messages = (await test.inbox("order").take(6)).map(judged);
    assert.deepEqual(
      messages.map(({ verdict, over }) => `${verdict}${over ? "!" : ""}`),
      ["ok!", "ok", "ok!", "anomaly!", "anomaly!", "ok"],
    );
  });

  it("counts consecutive frames of each bank by itself: another camera's good parts end no row of bad ones", async () => {
    await test.start(flow({ frames: "2" }));
    const other = { score: 0.1, bank: { name: "lid", version: 1 } };
    for (const message of [scored(0.7), { anomaly: other }, scored(0.7)]) test.send(message);
    assert.equal(judged(await test.inbox("anomaly").first()).verdict, "anomaly");
    assert.equal(test.inbox("ok").messages.length, 2);
  });

  it("leaves the message's own object alone", async () => {
    await test.start(flow());
    const message = scored(0.9);
    const before = structuredClone(message.anomaly);
    const { anomaly } = message;
    test.send(message);
    await test.inbox("anomaly").first();
    assert.deepEqual(anomaly, before);
  });

  for (const [what, settings, message] of [
    ["no score", {}, { payload: 1 }],
    ["a score that is no number", {}, scored("high")],
    ["a score that is not a number", {}, scored(Number.NaN)],
    ["no calibration", { mode: "rate" }, scored(0.5)],
    ["a calibration of one reference", { mode: "rate" }, scored(0.5, [0.1])],
    ["a calibration of words", { mode: "rate" }, scored(0.5, ["a", "b"])],
    ["a threshold that is no number", { threshold: "high" }, scored(0.5)],
    ["a rate of nothing", { mode: "rate", rate: 0 }, scored(0.5, CALIBRATION)],
    ["half a frame", { frames: "0.5" }, scored(0.5)],
    ["an unknown mode", { mode: "guess" }, scored(0.5)],
    ["an unknown rule", { mode: "rate", rule: "guess" }, scored(0.5, CALIBRATION)],
    ["a cost of nothing", { mode: "labels", goal: "costs", costEscape: 0 }, scored(0.5, CALIBRATION)],
    ["a label without a score", {}, { payload: 1, label: "good" }],
  ] as const) {
    it(`refuses ${what}`, async () => {
      await test.start(flow(settings));
      test.send({ ...message });
      assertSentence((await test.inbox("caught").first()).error, "BAD_REQUEST");
      await until(() => test.statuses().at(-1) === "red ring status.failed");
      assert.deepEqual(test.inbox("order").messages, []);
    });
  }
});
