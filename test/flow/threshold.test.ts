import assert from "node:assert/strict";
import { assertSentence, type FlowNode, FlowTest, type Message, TAB, until, WATCH } from "./harness";

const flow = (settings: Partial<FlowNode> = {}): FlowNode[] => [
  TAB,
  {
    id: "node",
    type: "anomaly-threshold",
    z: "tab",
    mode: "fixed",
    threshold: "0.5",
    wires: [
      ["ok", "order"],
      ["anomaly", "order"],
    ],
    ...settings,
  },
  { id: "ok", type: "helper", z: "tab" },
  { id: "anomaly", type: "helper", z: "tab" },
  { id: "order", type: "helper", z: "tab" },
  { id: "warn", type: "helper", z: "tab" },
  ...WATCH,
];
const scored = (score: unknown, calibration?: unknown, version = 1): Message => ({
  payload: "picture",
  topic: "kept",
  anomaly: { score, bank: { name: "part", version, ...(calibration !== undefined && { calibration }) } },
});
const CALIBRATION = [0.1, 0.12, 0.14, 0.16, 0.18, 0.2, 0.22, 0.24, 0.26];

interface Judged {
  verdict: string;
  threshold: number;
  margin: number;
  over: boolean;
  falseRejectRate?: { asked: number; promised: boolean; smallest: number; words: string };
}
const judged = (message: Message) => message.anomaly as Judged;

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
    await until(() => test.statuses().at(-1) === "red dot 0.70 / 0.50");
    await test.inbox("completed").take(2);
    assert.equal(test.inbox("completed").messages.length, 2);
  });

  it("shows ok in green, whatever the size of the score", async () => {
    await test.start(flow({ threshold: 0.0012 }));
    test.send(scored(0.00034));
    await until(() => test.statuses().at(-1) === "green dot 0.00034 / 0.0012");
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

  it("takes a threshold from the bank, as promised by enough references", async () => {
    await test.start(flow({ mode: "bank", rate: "20" }));
    test.send(scored(0.25, CALIBRATION));
    const { threshold, falseRejectRate, verdict } = judged(await test.inbox("anomaly").first());
    assert.deepEqual([threshold, verdict], [0.24, "anomaly"]);
    assert.deepEqual([falseRejectRate!.asked, falseRejectRate!.promised, falseRejectRate!.smallest], [0.2, true, 0.1]);
  });

  it("says once a version that the references cannot support the rate", async () => {
    await test.start(flow({ mode: "bank", rate: 1 }));
    const warnings = test.warnings("node");
    for (const version of [1, 1, 2, 1]) test.send(scored(0.1, CALIBRATION, version));
    const [first] = (await test.inbox("ok").take(4)).map(judged);
    assert.equal(first!.falseRejectRate!.promised, false);
    assert.ok(first!.threshold > 0.26);
    assert.match(first!.falseRejectRate!.words, /9 references can promise no rate below 10 %/);
    assert.equal(warnings().length, 2);
    assert.match(warnings()[1]!, /"part", version 2/);
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
    ["no calibration", { mode: "bank" }, scored(0.5)],
    ["a calibration of one reference", { mode: "bank" }, scored(0.5, [0.1])],
    ["a calibration of words", { mode: "bank" }, scored(0.5, ["a", "b"])],
    ["a threshold that is no number", { threshold: "high" }, scored(0.5)],
    ["a rate of nothing", { mode: "bank", rate: 0 }, scored(0.5, CALIBRATION)],
    ["half a frame", { frames: "0.5" }, scored(0.5)],
    ["an unknown mode", { mode: "guess" }, scored(0.5)],
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
