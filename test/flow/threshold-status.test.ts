import assert from "node:assert/strict";
import { FlowTest, type Message, until } from "./harness";
import { flow, judged, scored } from "./threshold-flow";

describe("anomaly-threshold's status", () => {
  let test: FlowTest;
  beforeEach(() => {
    test = new FlowTest();
  });
  afterEach(() => test.end());

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
});
