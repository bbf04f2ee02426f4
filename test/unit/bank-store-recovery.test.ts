import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename } from "node:path";
import { describe, it } from "mocha";
import { writeBundle } from "../../lib/bank/file/bundle";
import type { BankStore } from "../../lib/bank/store/store";
import { actor, freshStore, options, png, refusal } from "../support/fresh-store";
import { smallBank } from "../support/small-bank";

describe("a bank's store after a crash or a loss", () => {
  let store: BankStore;
  const { at, active } = freshStore((made) => {
    store = made;
  });

  it("goes on with the audit log where the state is damaged", async () => {
    for (let i = 0; i < 3; i++) await store.save(smallBank(), options);
    await store.use(2, actor);
    for (const damage of ["", '{"active": 3, "cle', '{"active": "three"}']) {
      writeFileSync(at("state.json"), damage);
      // Not the newest: somebody chose this one.
      assert.equal(await active(), 2);
      assert.equal(await store.resolve(), 2);
    }
    await store.addReference(png("a"), undefined, actor);
    assert.equal(await active(), 2);
    const actions = (await store.audit.read(2)).map(({ action }) => action);
    assert.deepEqual(actions, ["recover", "add"]);
    assert.doesNotThrow(() => JSON.parse(readFileSync(at("state.json"), "utf8")));
  });

  it("says what to do where the audit log is gone, too", async () => {
    mkdirSync(at(), { recursive: true });
    await writeBundle(at("1.safetensors"), smallBank());
    assert.equal(await active(), 1);
    writeFileSync(at("state.json"), "{");
    assert.match(await refusal(store.state(), "BAD_BANK"), /state\.json is damaged/);
  });

  it("reads past lines of the audit log that a crash cut off", async () => {
    await store.save(smallBank(), options);
    appendFileSync(at("audit.jsonl"), '{"time": "2026-01');
    await store.save(smallBank(), options);
    assert.deepEqual(
      (await store.audit.read(10)).map(({ after }) => after),
      [1, 2],
    );
  });

  it("survives a crash between two steps of a change", async () => {
    await store.save(smallBank(), options);
    // A version written, its switch not made: the temporary file of one, the whole file of another.
    writeFileSync(at("2.safetensors.abcd1234.tmp"), "half");
    await writeBundle(at("2.safetensors"), smallBank());
    writeFileSync(at("state.json.abcd1234.tmp"), "{");
    assert.equal(await active(), 1);
    assert.equal(await store.save(smallBank(), options), 3);
    await store.undo(actor);
    assert.equal(await active(), 1);
  });

  it("takes files that are there and cannot be read for none that are missing", async () => {
    await store.addReference(png("a"), undefined, actor);
    // Read as such by nobody, whatever rights the tests run with.
    const unreadable = (name: string) => symlinkSync(basename(name), at(name));
    renameSync(at("references"), at("kept"));
    unreadable("references");
    await assert.rejects(store.addReference(png("b"), undefined, actor), { code: "ELOOP" });
    await assert.rejects(store.state(), { code: "ELOOP" });
    rmSync(at("references"));
    renameSync(at("kept"), at("references"));
    unreadable("references/000001.mask.json");
    await assert.rejects(store.references.read("000001.png"), { code: "ELOOP" });
  });

  it("goes on with the newest whole version where the one in use is gone, and says so", async () => {
    for (let i = 0; i < 4; i++) await store.save(smallBank(), options);
    rmSync(at("4.safetensors"));
    truncateSync(at("3.safetensors"), readFileSync(at("3.safetensors")).length - 4);
    assert.equal(await store.resolve(), 2);
    const { version, missing, versions } = await store.state();
    assert.deepEqual([version, missing, versions.map((facts) => facts.version)], [2, 4, [1, 2]]);
    // A read writes nothing: the file may come back.
    assert.equal(JSON.parse(readFileSync(at("state.json"), "utf8")).active, 4);
    assert.equal(await store.save(smallBank(), options), 5);
    const log = (await store.audit.read(2)).map(({ action, before, after, note }) => [action, before, after, note]);
    assert.deepEqual(log, [
      ["recover", 2, 2, "version 4 is missing, version 2 is the newest whole one"],
      ["build", 2, 5, "version 5"],
    ]);
    const after = await store.state();
    assert.deepEqual([after.version, after.missing], [5, undefined]);
  });

  it("is no new bank where every version of it is gone", async () => {
    await store.save(smallBank(), options);
    rmSync(at("1.safetensors"));
    const { version, missing } = await store.state();
    assert.deepEqual([version, missing], [undefined, 1]);
    assert.match(await refusal(store.resolve(), "BANK_NOT_BUILT"), /has lost version 1/);
  });
});
