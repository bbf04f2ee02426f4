import assert from "node:assert/strict";
import { FlowTest, type Message, until } from "./harness";
import { flow, judged, scored } from "./threshold-flow";

describe("anomaly-threshold and frames that are unlike the references", () => {
  let test: FlowTest;
  beforeEach(() => {
    test = new FlowTest();
  });
  afterEach(() => test.end());

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
});
