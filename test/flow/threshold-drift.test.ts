import assert from "node:assert/strict";
import { FlowTest } from "./harness";
import { flow, judged, scored } from "./threshold-flow";

describe("anomaly-threshold and drift", () => {
  let test: FlowTest;
  beforeEach(() => {
    test = new FlowTest();
  });
  afterEach(() => test.end());

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
});
