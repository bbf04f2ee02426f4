import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { BankState, BuildResult } from "../../lib";
import { flow, learning } from "./build-flow";
import { assertSentence, buildBank, type FlowTest } from "./harness";

describe("anomaly-build and its orders", () => {
  let test: FlowTest;
  const { pictures, send, act, done } = learning((made) => {
    test = made;
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
});
