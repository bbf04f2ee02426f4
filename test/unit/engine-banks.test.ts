import assert from "node:assert/strict";
import { mkdirSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import type { Engine, RequestInput } from "../../lib/engine/requests";
import { acquireEngine } from "../../lib/engine/supervisor/registry";
import { refusal } from "../support/refusal";
import { tinyBanks } from "../support/tiny-banks";

describe("the engine and a bank's versions", () => {
  let engine: Engine;
  let backbone: RequestInput<"score">["backbone"];
  let directory: string;
  let scratched: RequestInput<"score">["image"];
  const { good, bank, built } = tinyBanks(
    () => acquireEngine({ device: "auto" }),
    (made) => {
      ({ engine, backbone, directory, scratched } = made);
    },
  );

  it("keeps versions, goes back with undo and takes clear back", async () => {
    await built("versions");
    await engine.call("addReference", { bank: bank("versions"), image: good[4]! });
    await engine.call("build", { bank: bank("versions"), backbone, settings: {} });
    const state = await engine.call("bankState", { bank: bank("versions") });
    assert.deepEqual([state.version, state.versions.map((item) => item.references), state.references], [2, [4, 5], 5]);
    const steps: [string, number | undefined, number][] = [];
    await engine.call("clear", { bank: bank("versions") });
    for (let i = 0; i < 4; i++) {
      const { undone, version, references } = await engine.call("undo", { bank: bank("versions") });
      steps.push([undone, version, references]);
    }
    assert.deepEqual(steps, [
      ["clear", 2, 5],
      ["build", 1, 5],
      ["add", 1, 4],
      ["build", undefined, 4],
    ]);
    await refusal(engine.call("score", { image: scratched, backbone, bank: bank("versions") }), "BANK_NOT_BUILT");
    const pinned = { ...bank("versions"), version: 2 };
    assert.equal((await engine.call("score", { image: scratched, backbone, bank: pinned })).bank.version, 2);
  });

  it("deletes versions beyond the number to keep", async () => {
    for (let i = 0; i < 3; i++) {
      if (i === 0) await built("pruned");
      else await engine.call("build", { bank: bank("pruned"), backbone, settings: {}, keepVersions: 2 });
    }
    const { versions, version } = await engine.call("bankState", { bank: bank("pruned") });
    assert.deepEqual([versions.map((item) => item.version), version], [[2, 3], 3]);
  });

  it("lets frames wait for a bank's first build, and through while another is built", async () => {
    for (const image of good.slice(0, 4)) await engine.call("addReference", { bank: bank("first"), image });
    const building = engine.call("build", { bank: bank("first"), backbone, settings: { rotate: true } });
    const scored = await engine.call("score", { image: scratched, backbone, bank: bank("first") });
    assert.equal(scored.bank.version, (await building).version);
  });

  it("ends a build when it is cancelled and keeps what there was", async () => {
    await built("cancelled");
    const abort = new AbortController();
    const building = engine.call(
      "build",
      { bank: bank("cancelled"), backbone, settings: { rotate: true } },
      { signal: abort.signal, onProgress: ({ done }) => done > 2 && abort.abort() },
    );
    assert.match(await refusal(building, "CANCELLED"), /version in use stays/);
    assert.equal((await engine.call("bankState", { bank: bank("cancelled") })).version, 1);
  });

  it("refuses a cut or altered bank file", async () => {
    await built("damaged");
    const file = join(directory, "damaged", "1.safetensors");
    truncateSync(file, 4000);
    assert.match(
      await refusal(engine.call("score", { image: scratched, backbone, bank: { file } }), "BAD_BANK"),
      /cut off/,
    );
    writeFileSync(file, "something else");
    await refusal(engine.call("score", { image: scratched, backbone, bank: bank("damaged") }), "BAD_BANK");
    assert.deepEqual(
      readdirSync(join(directory, "damaged")).filter((name) => name.endsWith(".tmp")),
      [],
    );
  });

  it("says what to do where the system refuses a bank's files", async () => {
    mkdirSync(join(directory, "refused", "state.json"), { recursive: true });
    const message = await refusal(
      engine.call("score", { image: scratched, backbone, bank: bank("refused") }),
      "BAD_BANK",
    );
    assert.match(
      message,
      /^The bank's files cannot be used \(EISDIR: .*\): give the user that Node-RED runs as the rights/,
    );
  });
});
