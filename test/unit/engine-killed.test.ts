import assert from "node:assert/strict";
import { watch } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "mocha";
import type { RequestInput } from "../../lib/engine/requests";
import { EngineClient } from "../../lib/engine/supervisor/client";
import type { GoldenSampleError } from "../../lib/errors";
import { refusal } from "../support/refusal";
import { tinyBanks } from "../support/tiny-banks";

describe("the engine's process, killed and closed", () => {
  let engine: EngineClient;
  let backbone: RequestInput<"score">["backbone"];
  const { good, bank, built } = tinyBanks(
    () => new EngineClient(),
    (made) => {
      ({ engine, backbone } = made);
    },
  );

  before(() => built("part"));

  it("answers every frame though the process is killed under them", async () => {
    const before = engine.pid!;
    const calls = good.map((image) => engine.call("score", { image, backbone, bank: bank("part") }));
    process.kill(before, "SIGKILL");
    const scores = (await Promise.all(calls)).map((result) => result.score);
    assert.equal(scores.length, 5);
    assert.notEqual(engine.pid, before);
    assert.equal(engine.state, "ready");
  });

  it("does not do again what was taken back before the process ended", async () => {
    const abort = new AbortController();
    const { signal } = abort;
    const request = { bank: bank("part"), backbone, settings: { rotate: true } };
    let call: Promise<unknown> | undefined;
    await new Promise<void>((begun) => {
      call = engine.call("build", request, { signal, onProgress: () => begun() });
    });
    // Before that is heard there.
    abort.abort();
    process.kill(engine.pid!, "SIGKILL");
    await refusal(call!, "CANCELLED");
    const { versions } = await engine.call("bankState", { bank: bank("part") });
    assert.equal(versions.length, 1);
  });

  it("takes back one step, not two, where the process ends before it has said so", async () => {
    for (const image of good.slice(0, 3)) await engine.call("addReference", { bank: bank("undone"), image });
    const pid = engine.pid!;
    const watched = watch(join(bank("undone").directory, "undone"), (_, name) => {
      if (name !== "state.json") return;
      watched.close();
      process.kill(pid, "SIGKILL");
    });
    await engine.call("undo", { bank: bank("undone") }).catch((thrown: unknown) => {
      assert.equal((thrown as GoldenSampleError).code, "ENGINE_CRASHED");
    });
    watched.close();
    assert.equal((await engine.call("bankState", { bank: bank("undone") })).references, 2);
  });

  it("fails a frame that kills the process twice with the cause, and goes on", async () => {
    // Killed again as soon as each new process reports for work.
    const assassin = engine.onState((state) => {
      if (state === "ready") process.kill(engine.pid!, "SIGKILL");
    });
    const call = engine.call("score", { image: good[0]!, backbone, bank: bank("part") });
    process.kill(engine.pid!, "SIGKILL");
    assert.match(await refusal(call, "ENGINE_CRASHED"), /SIGKILL/);
    assassin();
    const again = engine.call("score", { image: good[0]!, backbone, bank: bank("part") });
    assert.match(await refusal(again, "ENGINE_CRASHED"), /not sent again for ten minutes/);
    const { score } = await engine.call("score", { image: good[1]!, backbone, bank: bank("part") });
    assert.ok(score >= 0);
  });

  it("fails open calls when it is closed", async () => {
    const own = new EngineClient();
    const call = own.call("describe", { backbone });
    own.close();
    await refusal(call, "ENGINE_CLOSED");
    await refusal(own.call("describe", { backbone }), "ENGINE_CLOSED");
  });
});
