import assert from "node:assert/strict";
import type { BatchItem } from "../../lib";
import { partJpeg } from "../support/pictures";
import { assertSentence, BACKBONE, type FlowNode, FlowTest, type Message, TAB, until, WATCH } from "./harness";

const flow = (settings: Partial<FlowNode> = {}): FlowNode[] => [
  TAB,
  BACKBONE,
  { id: "node", type: "anomaly-batch", z: "tab", backbone: "backbone", size: "4", wires: [["out"]], ...settings },
  { id: "out", type: "helper", z: "tab" },
  ...WATCH,
];
const resultOf = (message: Message) => message.anomaly as BatchItem;

describe("anomaly-batch", () => {
  let test: FlowTest;
  let pictures: Buffer[];
  let bad: Buffer;

  before(async () => {
    pictures = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8, 9].map((seed) => partJpeg({ seed })));
    bad = await partJpeg({ seed: 20, scratch: true });
  });
  beforeEach(() => {
    test = new FlowTest();
  });
  afterEach(() => test.end());

  it("holds frames until the batch is complete, then sends them on in order, the odd one scored highest", async () => {
    await test.start(flow({ overlay: "true", regions: true, map: true }));
    const frames = [pictures[0], pictures[1], bad, pictures[2]];
    for (const [number, payload] of frames.slice(0, 3).entries()) test.send({ payload, number, topic: "camera" });
    await until(() => test.statuses().includes("blue dot 3/4"));
    assert.deepEqual(test.inbox("out").messages, []);
    test.send({ payload: frames[3], number: 3, topic: "camera" });
    const messages = await test.inbox("out").take(4);
    assert.deepEqual(
      messages.map(({ number, topic, payload }) => [number, topic, (payload as Buffer).buffer]),
      frames.map((payload, i) => [i, "camera", payload!.buffer]),
    );
    const results = messages.map(resultOf);
    assert.deepEqual(
      results.map(({ batch }) => batch),
      [0, 1, 2, 3].map((index) => ({ index, size: 4 })),
    );
    const scores = results.map(({ score }) => score);
    assert.equal(scores.indexOf(Math.max(...scores)), 2);
    assert.ok(Buffer.isBuffer(results[2]!.overlay) && Buffer.isBuffer(results[2]!.map!.data));
    assert.ok(results[2]!.regions!.length > 0);
    assert.equal((await test.inbox("completed").take(4)).length, 4);
    await until(() => /^green dot 4: \u2264 \d/.test(test.statuses().at(-1)!));
  });

  it("takes an earlier part's verdict from a message that comes around again and cannot be inspected", async () => {
    await test.start(flow({ size: "2" }));
    const rubbish = Buffer.from("no image at all");
    test.send({ payload: rubbish, topic: "camera/1", anomaly: { verdict: "ok", score: 0.1 } });
    for (const payload of pictures.slice(0, 2)) test.send({ payload });
    const { anomaly, topic } = await test.inbox("caught").first();
    assert.deepEqual([anomaly, topic], [undefined, "camera/1"]);
  });

  it("ends a batch early on msg.complete, with or without an image", async () => {
    await test.start(flow());
    for (const payload of pictures.slice(0, 2)) test.send({ payload });
    test.send({ payload: pictures[2], complete: true });
    const first = (await test.inbox("out").take(3)).map((message) => resultOf(message).batch.size);
    assert.deepEqual(first, [3, 3, 3]);
    for (const payload of pictures.slice(3, 5)) test.send({ payload });
    test.send({ payload: Date.now(), complete: true });
    const all = (await test.inbox("out").take(5)).map((message) => resultOf(message).batch.size);
    assert.deepEqual(all, [3, 3, 3, 2, 2]);
    assert.equal((await test.inbox("completed").take(6)).length, 6);
    assert.deepEqual(test.inbox("caught").messages, []);
  });

  it("ends a batch with a message whose image cannot be used, and says so without an earlier verdict", async () => {
    await test.start(flow());
    for (const payload of pictures.slice(0, 2)) test.send({ payload });
    const last = { topic: "last", anomaly: { verdict: "ok", score: 0.1 } };
    test.send({ payload: { data: Buffer.alloc(10), width: 4, height: 4, channels: 3 }, complete: true, ...last });
    const { error, topic, anomaly } = await test.inbox("caught").first();
    assertSentence(error, "BAD_IMAGE");
    assert.deepEqual([topic, anomaly], ["last", undefined]);
    assert.equal(resultOf((await test.inbox("out").take(2))[1]!).batch.size, 2);
  });

  it("ends a batch when no frame comes for a while", async () => {
    await test.start(flow({ patience: "0.2" }));
    for (const payload of pictures.slice(0, 2)) test.send({ payload });
    assert.equal(resultOf((await test.inbox("out").take(2))[1]!).batch.size, 2);
    test.send({ payload: pictures[0] });
    const { error } = await test.inbox("caught").first();
    assertSentence(error, "BAD_REQUEST");
    assert.match((error as Error).message, /nothing to compare/);
  });

  it("gives up a batch whose deadline passes, and goes on with the next", async () => {
    await test.start(flow({ size: "2", deadline: "0.001" }));
    for (const payload of pictures.slice(0, 4)) test.send({ payload });
    for (const { error } of await test.inbox("caught").take(4)) {
      assertSentence(error, "TIMEOUT");
      assert.match((error as Error).message, /batch of 2 frames .* deadline of 0\.001 s/);
    }
    await until(() => test.statuses().at(-1) === "red ring status.timeout");
    await test.deploy(flow({ size: "2", deadline: "60" }));
    for (const payload of pictures.slice(0, 2)) test.send({ payload });
    assert.equal((await test.inbox("out").take(2)).length, 2);
  });

  it("holds two batches at most, and compares one after the other", async () => {
    await test.start(flow());
    for (const [number, payload] of pictures.entries()) test.send({ payload, number });
    const { error, number } = await test.inbox("caught").first();
    assertSentence(error, "BUSY");
    assert.equal(number, 8);
    const order = (await test.inbox("out").take(8)).map((message) => message.number);
    assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("gives a frame that cannot be read to Catch, and compares the others", async () => {
    await test.start(flow());
    test.send({ payload: pictures[0] });
    test.send({ payload: Buffer.from("no image at all") });
    test.send({ payload: 7 });
    for (const payload of pictures.slice(1, 3)) test.send({ payload });
    const sizes = (await test.inbox("out").take(3)).map((message) => resultOf(message).batch.size);
    assert.deepEqual(sizes, [3, 3, 3]);
    for (const { error } of await test.inbox("caught").take(2)) assertSentence(error, "BAD_IMAGE");
  });

  it("says of every frame it still holds when it is stopped", async () => {
    await test.start(flow());
    for (const payload of pictures.slice(0, 3)) test.send({ payload });
    await until(() => test.statuses().includes("blue dot 3/4"));
    const [errors, out] = [test.errors(), test.inbox("out")];
    await test.deploy(flow({ size: "3" }));
    assert.deepEqual(out.messages, []);
    assert.equal(errors().length, 3);
    for (const error of errors()) assert.match(error, /stopped while it worked on the message/);
    for (const payload of pictures.slice(0, 3)) test.send({ payload });
    assert.equal(resultOf((await test.inbox("out").take(3))[0]!).batch.size, 3);
  });

  for (const [what, settings] of [
    ["no backbone", { backbone: "" }],
    ["a batch of one", { size: "1" }],
    ["no number of frames", { size: "many" }],
    ["an unknown foreground", { foreground: "maybe" }],
  ] as const) {
    it(`says that it has ${what}`, async () => {
      await test.start(flow(settings));
      test.send({ payload: pictures[0] });
      assertSentence((await test.inbox("caught").first()).error, "BAD_REQUEST");
      await until(() => test.statuses().some((status) => status.startsWith("red ring")));
    });
  }
});
