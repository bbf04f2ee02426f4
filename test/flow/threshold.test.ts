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
    wires: [["ok", "order"], ["anomaly", "order"], ["unlike"]],
    ...settings,
  },
  { id: "ok", type: "helper", z: "tab" },
  { id: "anomaly", type: "helper", z: "tab" },
  { id: "order", type: "helper", z: "tab" },
  { id: "unlike", type: "helper", z: "tab" },
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
  mode: string;
  margin: number;
  over: boolean;
  falseRejectRate?: {
    asked: number;
    promised: boolean;
    smallest: number;
    rule: string;
    expected: number;
    low: number;
    high: number;
    weak: boolean;
    words: string;
  };
  labelled?: { goal: string; good: number; defective: number; words: string };
  labels?: { good: number; bad: number; ofAnotherBuild?: { good: number; bad: number } };
  probability?: number;
  drift?: { state: string };
  finds?: { share: number; pixels: number; low: number; high: number; enough: boolean };
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

  it("says what it finds of the bank's test defects, once they are there, and is red where that is under half", async () => {
    const withDefects = (found: number): Message => {
      const message = scored(0.2);
      const mustFind = Array.from({ length: 25 }, (_, i) => ({ score: i < found ? 0.9 : 0.3, clean: 0.1, pixels: 26 }));
      Object.assign((message.anomaly as { bank: object }).bank, {
        mustFind,
        finer: { resolution: 640, count: 20, found: 9 },
      });
      return message;
    };
    await test.start(flow());
    test.send(scored(0.2));
    await until(() => test.statuses().at(-1) === "green dot part v1 \u00b7 0.20 of 0.50 \u00b7 ok");
    test.send(withDefects(3));
    const words =
      "finds 12 % of the test defects: finer resolution (45 % at 640 px), more references, or more false alarms";
    await until(() => test.statuses().at(-1) === `red ring part v1 \u00b7 0.20 of 0.50 \u00b7 ${words}`);
    const [plain, few] = await test.inbox("ok").take(2);
    assert.ok(!("finds" in judged(plain!)));
    const { share, pixels, low, high, enough } = judged(few!).finds!;
    assert.deepEqual([share, pixels, enough], [0.12, 26, false]);
    assert.ok(low < 0.12 && high > 0.12);
    test.send({ ...withDefects(25), anomaly: { ...(withDefects(25).anomaly as object), score: 0.4 } });
    const many = (await test.inbox("ok").take(3))[2]!;
    assert.equal(judged(many).verdict, "ok");
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

  it("shows ok in green, whatever the size of the score", async () => {
    await test.start(flow({ threshold: 0.0012 }));
    test.send(scored(0.00034));
    await until(() => test.statuses().at(-1) === "green dot part v1 \u00b7 0.00034 of 0.0012 \u00b7 ok");
  });

  it("shows how old its last verdict is, once it is older than set", async () => {
    await test.start(flow({ stale: "0.4" }));
    await until(() => test.statuses().includes("yellow ring \u231b 0 s"));
    test.send(scored(0.1));
    await until(() => test.statuses().at(-1) === "green dot part v1 \u00b7 0.10 of 0.50 \u00b7 ok");
    await until(() => test.statuses().at(-1) === "yellow ring \u231b 0 s");
  });

  it("shows no age where none is set, as in flows of earlier versions", async () => {
    await test.start(flow());
    test.send(scored(0.1));
    await until(() => test.statuses().length > 0);
    await new Promise((resolve) => setTimeout(resolve, 600));
    assert.deepEqual(test.statuses(), ["green dot part v1 \u00b7 0.10 of 0.50 \u00b7 ok"]);
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

  it("needs no number: as dropped from the palette it is balanced, and warns of nothing", async () => {
    await test.start(flow({ mode: undefined, threshold: undefined, drift: false }));
    const warnings = test.warnings("node");
    test.send(scored(0.25, CALIBRATION));
    test.send(scored(0.4, CALIBRATION));
    const { threshold, mode, falseRejectRate } = judged(await test.inbox("ok").first());
    assert.ok(threshold > 0.25 && threshold < 0.35, `${threshold}`);
    assert.deepEqual([mode, falseRejectRate!.rule, falseRejectRate!.expected], ["balanced", "balanced", 1 / 11]);
    assert.equal(judged(await test.inbox("anomaly").first()).mode, "balanced");
    assert.deepEqual(warnings(), []);
  });

  for (const [what, settings] of [
    ["with the mode of then", { mode: "bank", rate: "20" }],
    ["without a mode", { mode: undefined, rate: 20 }],
    ["that waits for labels", { mode: "labels", rate: "20" }],
  ] as const) {
    it(`keeps the false-reject rate of a flow of an earlier version, ${what}`, async () => {
      await test.start(flow(settings));
      test.send(scored(0.25, CALIBRATION));
      const { threshold, mode, falseRejectRate } = judged(await test.inbox("anomaly").first());
      assert.deepEqual([threshold, mode, falseRejectRate!.asked], [0.24, "rate", 0.2]);
    });
  }

  it("is balanced while it waits for labels, where no rate is set", async () => {
    await test.start(flow({ mode: "labels", rate: "" }));
    test.send(scored(0.25, CALIBRATION));
    assert.equal(judged(await test.inbox("ok").first()).mode, "balanced");
  });

  it("takes a threshold from the bank, as promised by enough references", async () => {
    await test.start(flow({ mode: "rate", rate: "20" }));
    test.send(scored(0.25, CALIBRATION));
    const { threshold, falseRejectRate, verdict } = judged(await test.inbox("anomaly").first());
    assert.deepEqual([threshold, verdict], [0.24, "anomaly"]);
    assert.deepEqual([falseRejectRate!.asked, falseRejectRate!.promised, falseRejectRate!.smallest], [0.2, true, 0.1]);
  });

  it("says once a version that the references cannot support the rate", async () => {
    await test.start(flow({ mode: "rate", rate: 1 }));
    const warnings = test.warnings("node");
    for (const version of [1, 1, 2, 1]) test.send(scored(0.1, CALIBRATION, version));
    const [first] = (await test.inbox("ok").take(4)).map(judged);
    assert.equal(first!.falseRejectRate!.promised, false);
    assert.ok(first!.threshold > 0.26);
    assert.match(first!.falseRejectRate!.words, /9 references can promise no rate below 10 %/);
    assert.equal(warnings().length, 2);
    assert.match(warnings()[1]!, /"part", version 2/);
  });

  it("says what rate is to be expected, by the rule that was chosen", async () => {
    await test.start(flow({ mode: "rate", rate: 20, rule: "percentile" }));
    test.send(scored(0.1, CALIBRATION));
    const { rule, expected, low, high, words } = judged(await test.inbox("ok").first()).falseRejectRate!;
    assert.equal(rule, "percentile");
    assert.ok(low < expected && expected < high && expected > 0.2, `${low} ${expected} ${high}`);
    assert.match(words, /not the 20 % of its name/);
  });

  it("works from one reference's copies, and calls that weak", async () => {
    await test.start(flow({ mode: "rate", rate: 20 }));
    const warnings = test.warnings("node");
    const message = scored(0.1, CALIBRATION);
    Object.assign((message.anomaly as { bank: object }).bank, { calibratedBy: "copies" });
    test.send(message);
    const { weak, promised } = judged(await test.inbox("ok").first()).falseRejectRate!;
    assert.deepEqual([weak, promised], [true, false]);
    assert.match(warnings()[0]!, /Weak: .*add references/);
  });

  it("learns from labelled frames, which leave by no output, and keeps them over a restart", async () => {
    const settings = { mode: "labels", rate: "20" };
    await test.start(flow(settings));
    test.send(scored(0.2, CALIBRATION));
    assert.equal(judged(await test.inbox("ok").first()).threshold, 0.24);
    for (const [score, label] of [
      [0.2, "good"],
      [0.3, "good"],
      [0.6, "bad"],
      [0.7, "bad"],
    ] as const)
      test.send({ ...scored(score, CALIBRATION), label });
    test.send(scored(0.5, CALIBRATION));
    const first = judged(await test.inbox("anomaly").first());
    assert.ok(Math.abs(first.threshold - 0.45) < 1e-9 && first.probability! > 0 && first.probability! < 1);
    assert.deepEqual([first.labels, first.labelled!.goal], [{ good: 2, bad: 2 }, "f1"]);
    await test.inbox("order").take(2);
    assert.equal(test.inbox("order").messages.length, 2);
    await test.deploy(flow({ ...settings, goal: "escape", escapeRate: 50 }));
    test.send(scored(0.5, CALIBRATION));
    const second = judged(await test.inbox("ok").first());
    assert.deepEqual([second.labels, second.labelled!.goal, second.threshold], [{ good: 2, bad: 2 }, "escape", 0.6]);
    // Only patches were accepted since: all other parts score as they did.
    test.send(scored(0.5, CALIBRATION, 2));
    const third = judged((await test.inbox("ok").take(2))[1]!);
    assert.deepEqual([third.labels, third.threshold], [{ good: 2, bad: 2 }, 0.6]);
    test.send({ payload: 1, action: "clear-labels" });
    test.send(scored(0.2, CALIBRATION));
    assert.deepEqual(judged((await test.inbox("ok").take(3))[2]!).labels, { good: 0, bad: 0 });
  });

  it("says that labels are of another build, and takes them up again where that comes back", async () => {
    await test.start(flow({ mode: "labels", rate: "20" }));
    const warnings = test.warnings("node");
    for (const [score, label] of [
      [0.3, "good"],
      [0.6, "bad"],
    ] as const)
      test.send({ ...scored(score, CALIBRATION), label });
    const built = CALIBRATION.map((score) => 2 * score);
    for (let i = 0; i < 2; i++) test.send(scored(0.2, built, 2));
    const [second] = (await test.inbox("ok").take(2)).map(judged);
    assert.deepEqual(second!.labels, { good: 0, bad: 0, ofAnotherBuild: { good: 1, bad: 1 } });
    assert.deepEqual([second!.labelled, second!.threshold], [undefined, 0.48]);
    assert.equal(warnings().length, 1);
    assert.match(warnings()[0]!, /"part", version 2: 1 good and 1 bad parts .* another build .*: label parts again/);
    await until(
      () => test.statuses().at(-1) === "yellow ring part v2 \u00b7 0.20 of 0.48 \u00b7 ok \u00b7 \u2713 0 \u2717 0",
    );
    test.send(scored(0.2, CALIBRATION, 3));
    const third = judged((await test.inbox("ok").take(3))[2]!);
    assert.ok(Math.abs(third.threshold - 0.45) < 1e-9);
    await until(() => test.statuses().at(-1) === "green dot part v3 \u00b7 0.20 of 0.45 \u00b7 ok");
  });

  const unlike = (score: number): Message => {
    const message = scored(score);
    Object.assign(message.anomaly as object, { health: { state: "unlike", cause: "dark", reason: "Dark." } });
    return message;
  };

  it("tells a frame that is unlike the references from a part, and lets none of them pass as ok", async () => {
    await test.start(flow());
    test.send(unlike(0.1));
    const there = await test.inbox("unlike").first();
    const alarm = await test.inbox("anomaly").first();
    assert.deepEqual([judged(there).verdict, there.payload, judged(alarm).verdict], ["unlike", true, "unlike"]);
    assert.deepEqual(test.inbox("ok").messages, []);
    await until(() => test.statuses().at(-1) === "red dot part v1 \u00b7 0.10 of 0.50 \u00b7 unlike: dark");
  });

  it("sends unlike frames to their output alone where that is set", async () => {
    await test.start(flow({ unlike: "alone" }));
    test.send(unlike(0.9));
    test.send(scored(0.1));
    await test.inbox("ok").first();
    assert.equal(test.inbox("unlike").messages.length, 1);
    assert.deepEqual(test.inbox("anomaly").messages, []);
  });

  it("judges unlike frames like any other where that is set", async () => {
    await test.start(flow({ unlike: "off" }));
    test.send(unlike(0.1));
    assert.equal(judged(await test.inbox("ok").first()).verdict, "ok");
    assert.deepEqual(test.inbox("unlike").messages, []);
  });

  it("lets no frame pass as ok of which its mask left nothing to look at, whatever is set", async () => {
    for (const [setting, alarms] of [
      ["also", 1],
      ["alone", 0],
      ["off", 1],
    ] as const) {
      await test.start(flow({ unlike: setting }));
      const message = scored(0.1);
      Object.assign(message.anomaly as object, { health: { state: "unlike", cause: "masked", reason: "Masked." } });
      test.send(message);
      const there = await test.inbox("unlike").first();
      assert.deepEqual([judged(there).verdict, there.payload], ["unlike", true]);
      await until(() => test.statuses().at(-1) === "red dot part v1 \u00b7 0.10 of 0.50 \u00b7 unlike: masked");
      assert.deepEqual([test.inbox("ok").messages.length, test.inbox("anomaly").messages.length], [0, alarms], setting);
      test.send({ ...message, label: "good" });
      const { error } = await test.inbox("caught").first();
      assert.match((error as Error).message, /mask of the labelled frame left nothing to look at/);
      await test.end();
      test = new FlowTest();
    }
  });

  it("watches for drift, and starts over when told", async () => {
    await test.start(flow());
    for (let i = 0; i < 101; i++) test.send(scored(0.1 + 0.001 * (i % 7)));
    const states = (await test.inbox("ok").take(101)).map((message) => judged(message).drift!.state);
    assert.deepEqual([states[0], states[99], states[100]], ["learning", "learning", "steady"]);
    test.send({ ...scored(0.1), action: "reset-drift" });
    assert.equal(judged((await test.inbox("ok").take(102))[101]!).drift!.state, "learning");
  });

  it("says nothing of drift where it is not to", async () => {
    await test.start(flow({ drift: false }));
    test.send(scored(0.1));
    assert.ok(!("drift" in judged(await test.inbox("ok").first())));
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
