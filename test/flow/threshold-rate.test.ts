import assert from "node:assert/strict";
import { FlowTest } from "./harness";
import { CALIBRATION, flow, judged, scored } from "./threshold-flow";

describe("anomaly-threshold with a threshold from the bank", () => {
  let test: FlowTest;
  beforeEach(() => {
    test = new FlowTest();
  });
  afterEach(() => test.end());

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
});
