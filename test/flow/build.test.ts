import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { BankState, BuildResult, Finds, ScoreResult } from "../../lib";
import { partJpeg } from "../support/pictures";
import { assertSentence, BACKBONE, BANK, buildBank, type FlowNode, FlowTest, TAB, until, WATCH } from "./harness";

const flow = (settings: Partial<FlowNode> = {}, bank: Partial<FlowNode> = {}): FlowNode[] => [
  TAB,
  BACKBONE,
  { ...BANK, ...bank } as FlowNode,
  {
    id: "node",
    type: "anomaly-build",
    z: "tab",
    bank: "bank",
    mode: "first",
    frames: "3",
    property: "payload",
    wires: [["done"], ["frames"]],
    ...settings,
  },
  { id: "done", type: "helper", z: "tab" },
  { id: "frames", type: "helper", z: "tab" },
  ...WATCH,
];

type Tested = BankState & { action: string; finds: Finds };

describe("anomaly-build", () => {
  let test: FlowTest;
  let pictures: Buffer[];

  before(async () => {
    pictures = await Promise.all([1, 2, 3, 4, 5].map((seed) => partJpeg({ seed })));
  });
  beforeEach(() => {
    test = new FlowTest();
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) console.log(test.inbox("caught").messages.map(({ error }) => error));
    await test.end();
  });

  const send = (...indices: number[]) => {
    for (const number of indices) test.send({ payload: pictures[number], number });
  };
  const act = (action: unknown, more: object = {}) => test.send({ action, ...more });
  /** Results as `action:references` or `action:version`. */
  const done = async (count: number) => {
    const messages = await test.inbox("done").take(count);
    return messages.map((message) => {
      const { action, references, version } = message.payload as { action: string } & BankState & BuildResult;
      // Core nodes read orders of their own in msg.action.
      assert.ok(!("action" in message));
      return action === "build" ? `build:v${version} of ${references}` : `${action}:${references}`;
    });
  };

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

  it("goes on learning after a restart, and after a deploy", async () => {
    await test.start(flow());
    send(0);
    await done(1);
    await test.stop();
    await test.start(flow());
    send(1);
    assert.deepEqual(await done(1), ["add:2"]);
    await test.deploy(flow());
    send(2, 3);
    assert.deepEqual(await done(1), ["build:v1 of 3"]);
    await test.inbox("frames").take(1);
  });

  it("builds after a restart what was learned before it", async () => {
    await test.start(flow({ mode: "control" }));
    for (const payload of pictures.slice(0, 3)) act("add", { payload });
    await done(3);
    await test.stop();
    await test.start(flow());
    await until(() => test.statuses().at(-1) === "green dot part v1 \u00b7 3 references");
    send(4);
    assert.equal((await test.inbox("frames").first()).number, 4);
  });

  it("takes back, clears and learns again", async () => {
    await test.start(flow({ frames: 2 }));
    send(0, 1);
    await done(2);
    act("undo");
    assert.deepEqual(await done(3), ["add:1", "build:v1 of 2", "undo:2"]);
    const undone = (await test.inbox("done").take(3))[2]!.payload as BankState & { undone: string };
    assert.deepEqual([undone.undone, undone.version], ["build", undefined]);
    act("build");
    act("clear");
    send(2, 3, 4);
    assert.deepEqual((await done(7)).slice(3), ["build:v2 of 2", "clear:0", "add:1", "build:v3 of 2"]);
    assert.equal((await test.inbox("frames").first()).number, 4);
    assert.ok(existsSync(join(test.banks, "part", "2.safetensors")));
  });

  it("goes on learning anew after a clear, whenever a deploy comes between", async () => {
    await test.start(flow({ frames: 2 }));
    send(0, 1);
    await done(2);
    act("clear");
    await done(3);
    await test.deploy(flow({ frames: 2 }));
    send(2);
    assert.deepEqual(await done(1), ["add:1"]);
    await test.deploy(flow({ frames: 2 }));
    send(3, 4);
    assert.deepEqual(await done(1), ["build:v2 of 2"]);
    assert.equal((await test.inbox("frames").first()).number, 4);
  });

  it("says that a deploy ended a build which does not begin again by itself", async () => {
    await test.start(flow({ mode: "control" }));
    const payloads = await Promise.all([1, 2, 3, 4, 5, 6].map((seed) => partJpeg({ seed, width: 640, height: 480 })));
    for (const payload of payloads) act("add", { payload });
    await done(6);
    const warnings = test.warnings();
    act("build");
    // The message is handled at once; the build takes longer.
    await new Promise((resolve) => setImmediate(resolve));
    await test.deploy(flow({ mode: "control" }));
    assert.match(warnings()[0]!, /deploy ended the build/);
    act("status");
    assert.deepEqual(await done(1), ["status:6"]);
  });

  it("does only what it is told in mode control", async () => {
    await test.start(flow({ mode: "control" }));
    send(0);
    assert.equal((await test.inbox("frames").first()).number, 0);
    act("build");
    assertSentence((await test.inbox("caught").first()).error, "BAD_REQUEST");
    act("add", { payload: pictures[0] });
    act("add", { payload: pictures[1] });
    act("build");
    act("status");
    assert.deepEqual(await done(4), ["add:1", "add:2", "build:v1 of 2", "status:2"]);
  });

  it("prunes old versions", async () => {
    await test.start(flow({ mode: "control" }, { keepVersions: "2" }));
    act("add", { payload: pictures[0] });
    for (let i = 0; i < 4; i++) act("build");
    act("status");
    await done(6);
    const { versions } = (await test.inbox("done").take(6))[5]!.payload as BankState;
    assert.deepEqual(
      versions.map(({ version }) => version),
      [3, 4],
    );
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

  it("learns another bank than its own only by an order", async () => {
    await test.start(flow({ frames: 1 }));
    test.send({ payload: pictures[0], bank: "other", action: "add" });
    test.send({ bank: "other", action: "build" });
    test.send({ payload: pictures[1] });
    assert.deepEqual(await done(3), ["add:1", "build:v1 of 1", "build:v1 of 1"]);
    const names = (await test.inbox("done").take(3)).map(({ payload }) => (payload as BuildResult).name);
    // The two banks are built side by side.
    assert.deepEqual(names.sort(), ["other", "other", "part"]);
    test.send({ payload: pictures[2], bank: "other" });
    assert.equal((await test.inbox("frames").first()).payload, pictures[2]);
    test.send({ action: "clear", bank: "other" });
    test.send({ payload: pictures[3], bank: "other" });
    assert.equal((await test.inbox("frames").take(2))[1]!.payload, pictures[3]);
    assert.equal((await done(4))[3], "clear:0");
  });

  for (const mode of ["first", "control"]) {
    it(`names the banks there are where msg.bank is mistyped, and learns nothing (${mode})`, async () => {
      await buildBank(test.banks, "screw", 1);
      await test.start(flow({ mode, frames: 1 }));
      test.send({ payload: pictures[0], bank: "scerw" });
      const { error } = await test.inbox("caught").first();
      assertSentence(error, "BAD_REQUEST");
      assert.match((error as Error).message, /"scerw", and there is no such bank: .* part, screw,/);
      assert.deepEqual(readdirSync(test.banks), ["screw"]);
      test.send({ payload: pictures[1], bank: "screw" });
      assert.equal((await test.inbox("frames").first()).payload, pictures[1]);
    });
  }

  it("makes nothing on disk by asking", async () => {
    await test.start(flow());
    for (const action of ["status", "undo", "clear", "log"]) act(action, { bank: "absent" });
    assert.equal((await test.inbox("done").take(4)).length, 4);
    act("compare", { bank: "absent", versions: [1, 2] });
    act("use", { bank: "absent", version: 1 });
    act("delete", { bank: "absent", version: 1 });
    act("export", { bank: "absent" });
    act("build", { bank: "absent" });
    await test.inbox("caught").take(5);
    assert.ok(!existsSync(test.banks));
  });

  it("keeps a mask with its reference", async () => {
    await test.start(flow({ mode: "control" }));
    const mask = (rows: number) => ({ rows, cols: 9, dtype: "uint8", data: Buffer.alloc(rows * 9, 1) });
    act("add", { payload: pictures[0], mask: mask(7) });
    act("build");
    assert.deepEqual(await done(2), ["add:1", "build:v1 of 1"]);
    act("add", { payload: pictures[1], mask: mask(6) });
    act("build");
    const { error } = await test.inbox("caught").first();
    assertSentence(error, "BAD_REQUEST");
    assert.match((error as Error).message, /Reference 2: The mask has 6 x 9 patches/);
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
