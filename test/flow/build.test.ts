import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { BankState, BuildResult, Finds, ScoreResult } from "../../lib";
import { flow, learning } from "./build-flow";
import { assertSentence, buildBank, type FlowTest, until } from "./harness";

type Tested = BankState & { action: string; finds: Finds };

describe("anomaly-build", () => {
  let test: FlowTest;
  const { pictures, send, act, done } = learning((made) => {
    test = made;
  });

  it("learns the first frames, builds, and passes the others through", async () => {
    await test.start(flow());
    send(0, 1, 2, 3, 4);
    assert.deepEqual(await done(3), ["add:1", "add:2", "build:v1 of 3"]);
    const passed = await test.inbox("frames").take(2);
    assert.deepEqual(
      passed.map(({ number }) => number),
      [3, 4],
    );
    assert.equal((passed[0]!.payload as Buffer).buffer, pictures[3]!.buffer);
    const result = (await test.inbox("done").take(3))[2]!.payload as BuildResult;
    assert.equal(result.calibration.length, 3);
    assert.equal((await test.inbox("completed").take(5)).length, 5);
    await until(() => test.statuses().at(-1) === "green dot part v1 \u00b7 3 references");
  });

  it("tests in the background what the bank would catch, which comes with the frames after it, unless cleared", async () => {
    const score = { id: "score", type: "anomaly-score", z: "tab", bank: "bank", wires: [["scored"]] };
    const nodes = [...flow({ wires: [["done"], ["score"]] }, { madeDefects: true }), score];
    await test.start([...nodes, { id: "scored", type: "helper", z: "tab" }]);
    send(0, 1, 2);
    assert.equal((await done(3))[2], "build:v1 of 3");
    await until(() => test.statuses().some((status) => /blue dot part v1 \u00b7 testing \d+ %/.test(status)));
    await until(() => /green dot part v1|red ring part v1 \u00b7 finds \d+ %/.test(test.statuses().at(-1)!));
    // The build's own answer was not kept waiting for it.
    const tested = (await test.inbox("done").take(4))[3]!;
    const { action, version, finds } = tested.payload as Tested;
    assert.deepEqual([action, version, tested._msgid], ["tested", 1, (await test.inbox("done").take(3))[2]!._msgid]);
    assert.match(finds.words, /^finds \d+ % of the test defects/);
    assert.ok(finds.count > 0 && finds.share >= 0);
    assert.ok(!Object.keys(finds).includes("sentence"));
    act("status");
    assert.deepEqual(((await test.inbox("done").take(5))[4]!.payload as Tested).finds.words, finds.words);
    send(3);
    const { bank } = (await test.inbox("scored").first()).anomaly as unknown as ScoreResult;
    assert.ok(bank.mustFind!.length >= finds.count);
    act("build");
    await until(() => test.statuses().filter((status) => /testing/.test(status)).length > 1);
    act("clear");
    await until(() => test.statuses().at(-1) === "blue dot part \u00b7 0 of 3");
  });

  it("learns nothing by itself where the bank was built and its files are gone, and warns of it", async () => {
    await buildBank(test.banks, "part", 2);
    rmSync(join(test.banks, "part", "1.safetensors"));
    await test.start(flow());
    const warnings = test.warnings();
    send(0);
    assert.equal((await test.inbox("frames").first()).number, 0);
    act("status");
    const { references, missing } = (await test.inbox("done").first()).payload as BankState;
    assert.deepEqual([references, missing], [2, 1]);
    await until(() => warnings().some((words) => /version 1, which was in use, is missing/.test(words)));
  });

  it("lets a score node behind it wait for the first build", async () => {
    const score = { id: "score", type: "anomaly-score", z: "tab", bank: "bank", wires: [["scored"]] };
    await test.start([...flow({ wires: [["done"], ["score"]] }), score, { id: "scored", type: "helper", z: "tab" }]);
    send(0, 1, 2, 3);
    const { anomaly, number } = await test.inbox("scored").first();
    assert.deepEqual([number, (anomaly as ScoreResult).bank.version], [3, 1]);
    assert.deepEqual(test.inbox("caught").messages, []);
  });

  it("tells the nodes that use its bank of the version that it has built", async () => {
    const score = { id: "score", type: "anomaly-score", z: "tab", bank: "bank", wires: [[]] };
    await test.start([...flow(), score]);
    await until(() => test.statuses("score").at(-1) === "yellow ring status.unbuilt");
    send(0, 1, 2);
    await until(() => test.statuses("score").at(-1) === "green dot part v1");
    act("undo");
    await until(() => test.statuses("score").at(-1) === "yellow ring status.unbuilt");
  });

  it("shows how far it has come", async () => {
    await test.start(flow());
    await until(() => test.statuses().includes("blue dot part \u00b7 0 of 3"));
    send(0);
    await until(() => test.statuses().includes("blue dot part \u00b7 1 of 3"));
  });

  it("does not learn the same frame again and again, but waits for others", async () => {
    await test.start(flow({ frames: 2 }));
    send(0, 0, 1);
    assert.deepEqual(await done(2), ["add:1", "build:v1 of 2"]);
    const { error } = await test.inbox("caught").first();
    assertSentence(error, "BAD_REQUEST");
    assert.match((error as Error).message, /same as reference 1 .*camera/);
  });

  it("learns nothing more once somebody else has put a version into use, and builds none over it", async () => {
    await test.start(flow());
    send(0);
    await done(1);
    // From the command line of another process, say: no node hears of it.
    await buildBank(test.banks, "part", 2, 10);
    send(1, 2);
    const passed = await test.inbox("frames").take(2);
    assert.deepEqual(
      passed.map(({ number }) => number),
      [1, 2],
    );
    act("status");
    assert.deepEqual(await done(2), ["add:1", "status:3"]);
    const { version, versions } = (await test.inbox("done").take(2))[1]!.payload as BankState;
    assert.deepEqual([version, versions.length], [1, 1]);
  });

  it("keeps a mask with its reference", async () => {
    await test.start(flow({ mode: "control" }));
    const mask = (rows: number) => ({ rows, cols: 9, dtype: "uint8", data: Buffer.alloc(rows * 9, 1) });
    act("add", { payload: pictures[0], mask: mask(7) });
    act("build");
    assert.deepEqual(await done(2), ["add:1", "build:v1 of 1"]);
    act("add", { payload: pictures[1], mask: mask(4) });
    act("build");
    const { error } = await test.inbox("caught").first();
    assertSentence(error, "BAD_REQUEST");
    assert.match((error as Error).message, /Reference 2: The mask has 4 x 9 patches/);
  });

  it("refuses what it cannot learn, and goes on", async () => {
    await test.start(flow({ frames: 1 }));
    test.send({ payload: Buffer.from("no image") });
    test.send({ payload: 7 });
    act("dance");
    act(["add"]);
    act("add", { payload: pictures[0], mask: "all" });
    const errors = (await test.inbox("caught").take(5)).map(({ error }) => error as { code: string; message: string });
    assert.deepEqual(errors.map(({ code }) => code).sort(), [
      "BAD_IMAGE",
      "BAD_IMAGE",
      "BAD_REQUEST",
      "BAD_REQUEST",
      "BAD_REQUEST",
    ]);
    assert.match(errors.find(({ message }) => /dance/.test(message))!.message, /add, build, .* delete or log/);
    send(0);
    assert.deepEqual(await done(1), ["build:v1 of 1"]);
  });

  for (const [what, settings, bank] of [
    ["no bank", { bank: "gone" }, {}],
    ["a disabled bank", {}, { d: true }],
    ["a bank without backbone", { frames: "1" }, { backbone: "" }],
    ["no number of frames", { frames: "many" }, {}],
    ["an unknown mode", { mode: "maybe" }, {}],
    ["a bank with a share that cannot be", { frames: "1" }, { reduction: "coreset", keep: "200" }],
  ] as const) {
    it(`says that it has ${what}`, async () => {
      await test.start(flow(settings, bank));
      send(0);
      assertSentence((await test.inbox("caught").first()).error, "BAD_REQUEST");
      await until(() => test.statuses().some((status) => status.startsWith("red ring")));
    });
  }
});
