import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { exportVersion } from "../../lib/bank/store/export-version";
import type { BankStore } from "../../lib/bank/store/store";
import { GoldenSampleError } from "../../lib/errors";
import { plain } from "../../lib/sentence";
import { actor, freshStore, options, png, refusal } from "../support/fresh-store";
import { smallBank } from "../support/small-bank";

describe("a bank's store", () => {
  let store: BankStore;
  const { folder, at, active } = freshStore((made) => {
    store = made;
  });

  it("takes a version into use and back, and notes who did it", async () => {
    for (let i = 0; i < 3; i++) await store.save(smallBank(), options);
    await store.use(1, { by: "night shift" });
    assert.equal(await active(), 1);
    await store.use(1, { by: "night shift" });
    assert.equal(await store.undo(actor), "use");
    assert.equal(await active(), 3);
    const log = await store.audit.read(10);
    assert.deepEqual(
      log.map(({ action, by, before, after }) => [action, by, before, after]),
      [
        ["build", "operator", null, 1],
        ["build", "operator", 1, 2],
        ["build", "operator", 2, 3],
        ["use", "night shift", 3, 1],
        ["undo", "operator", 1, 3],
      ],
    );
    assert.equal(log[0]!.message, "m1");
    await refusal(store.use(7, actor), "BANK_NOT_BUILT");
  });

  it("deletes no version that is in use or set in a node", async () => {
    for (let i = 0; i < 3; i++) await store.save(smallBank(), options);
    assert.match(await refusal(store.delete(3, [], actor), "BAD_REQUEST"), /in use/);
    assert.match(await refusal(store.delete(2, [2], actor), "BAD_REQUEST"), /set in a node/);
    await store.delete(1, [2], actor);
    assert.deepEqual(
      (await store.state()).versions.map(({ version }) => version),
      [2, 3],
    );
    await refusal(store.delete(1, [], actor), "BANK_NOT_BUILT");
  });

  it("prunes neither the version in use nor one set in a node", async () => {
    for (let i = 0; i < 3; i++) await store.save(smallBank(), options);
    await store.use(2, actor);
    await store.save(smallBank(), { ...options, keepVersions: 1, pinned: [1] });
    assert.deepEqual(
      (await store.state()).versions.map(({ version }) => version),
      [1, 2, 4],
    );
  });

  it("saves nothing where the trial fails", async () => {
    await store.save(smallBank(), options);
    const trial = async () => {
      throw new GoldenSampleError("DEFECT_PASSES", plain("Refused: no."));
    };
    await refusal(store.save(smallBank(), { ...options, trial }), "DEFECT_PASSES");
    await refusal(
      store.saveAccepted(smallBank(), png("a"), { rows: 1, cols: 1, data: Buffer.of(1) }, { ...options, trial }),
      "DEFECT_PASSES",
    );
    const { version, versions, accepted } = await store.state();
    assert.deepEqual([version, versions.length, accepted], [1, 1, 0]);
    assert.equal((await store.audit.read(10)).length, 1);
    assert.ok(!readdirSync(at()).some((name) => name.startsWith("2.")));
  });

  it("is this user's alone, its exports too", async function () {
    if (process.platform === "win32") this.skip();
    await store.addReference(png("a"), { rows: 1, cols: 1, data: Buffer.of(1) }, actor);
    await store.save(smallBank(), options);
    const target = join(folder.path, "out", "bank.safetensors");
    // As an earlier version of this package left it.
    chmodSync(at("1.safetensors"), 0o644);
    await exportVersion(store.versionFile(1), target);
    await store.save(smallBank(), options);
    const mode = (path: string) => statSync(path).mode & 0o777;
    assert.deepEqual([mode(at()), mode(at("references")), mode(target)], [0o700, 0o700, 0o600]);
    for (const name of ["2.safetensors", "state.json", "audit.jsonl", "references/000001.png"])
      assert.equal(mode(at(name)), 0o600, name);
  });

  it("makes no change that it cannot note", async () => {
    await store.save(smallBank(), options);
    const audit = readFileSync(at("audit.jsonl"));
    // A folder in the log's place cannot be written to.
    rmSync(at("audit.jsonl"));
    mkdirSync(at("audit.jsonl"));
    await refusal(store.save(smallBank(), options), "BAD_BANK");
    assert.equal(await active(), 1);
    rmSync(at("audit.jsonl"), { recursive: true });
    writeFileSync(at("audit.jsonl"), audit);
    assert.equal(await active(), 1);
  });
});
