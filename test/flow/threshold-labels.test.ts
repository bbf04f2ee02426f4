import assert from "node:assert/strict";
import { FlowTest, until } from "./harness";
import { CALIBRATION, flow, judged, scored } from "./threshold-flow";

describe("anomaly-threshold with labelled frames", () => {
  let test: FlowTest;
  beforeEach(() => {
    test = new FlowTest();
  });
  afterEach(() => test.end());

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
});
