import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { describe, it } from "mocha";
import { packFrames } from "../../lib/bank/store/bundled-frames";
import type { BankStore } from "../../lib/bank/store/store";
import { actor, freshStore, options, png, refusal } from "../support/fresh-store";
import { smallBank } from "../support/small-bank";

describe("the frames in a bank's store", () => {
  let store: BankStore;
  const { at, active } = freshStore((made) => {
    store = made;
  });

  it("brings cleared frames back once, also when asked again after a crash", async () => {
    await store.addReference(png("a"), undefined, actor);
    await store.clear("references", actor);
    const state = readFileSync(at("state.json"));
    await store.undo(actor);
    // The crash came before the state was written.
    writeFileSync(at("state.json"), state);
    assert.equal(await store.undo(actor), "clear");
    const { references, cleared } = await store.state();
    assert.deepEqual([references, cleared], [1, false]);
  });

  it("sets accepted frames aside with the references, and known defects only when told", async () => {
    const mask = { rows: 1, cols: 2, data: Buffer.of(0, 1) };
    await store.addReference(png("a"), undefined, actor);
    await store.saveAccepted(smallBank(), png("b"), mask, options);
    await store.addDefect(png("c"), undefined, actor);
    await store.clear("references", actor);
    const counts = async () => {
      const { references, accepted, defects } = await store.state();
      return [references, accepted, defects];
    };
    assert.deepEqual(await counts(), [0, 0, 1]);
    await store.clear("defects", actor);
    assert.deepEqual(await counts(), [0, 0, 0]);
    const undone = [await store.undo(actor), await store.undo(actor)];
    assert.deepEqual(undone, ["clear", "clear"]);
    assert.deepEqual(await counts(), [1, 1, 1]);
    assert.deepEqual([await store.undo(actor), await store.undo(actor)], ["defect", "ok"]);
    assert.deepEqual(await counts(), [1, 0, 0]);
    assert.equal(await active(), undefined);
  });

  it("takes away what was set aside over 30 days ago, unless undo can still bring it back", async () => {
    await store.addReference(png("one"), undefined, actor);
    await store.clear("references", actor);
    // As if that had been long ago.
    const old = `cleared-${Date.now() - 31 * 86_400_000}-0000`;
    const { folder: set } = JSON.parse(readFileSync(at("state.json"), "utf8")).journal.at(-1);
    renameSync(at(set), at(old));
    writeFileSync(at("state.json"), readFileSync(at("state.json"), "utf8").replace(set, old));
    for (const name of [`${old}1`, `cleared-${Date.now()}-0002`]) mkdirSync(at(name));
    await store.addDefect(png("two"), undefined, actor);
    const left = readdirSync(at()).filter((name) => name.startsWith("cleared-"));
    assert.ok(
      left.includes(old) && !left.includes(`${old}1`) && left.some((name) => name.endsWith("-0002")),
      String(left),
    );
    for (const undone of ["defect", "clear"]) assert.equal(await store.undo(actor), undone);
    assert.deepEqual(await store.references.list(), ["000001.png"]);
  });

  it("packs no more photos than one file takes, and passes over one that was taken back meanwhile", async () => {
    await store.addReference(png("one"), undefined, actor);
    await store.addReference(png("two"), undefined, actor);
    const { list } = store.references;
    store.references.list = async () => [...(await list.call(store.references)), "000003.png"];
    assert.deepEqual((await packFrames(store)).counts, { references: 2, accepted: 0, defects: 0 });
    // Not touched, so it takes no memory.
    const image = Buffer.alloc(2 ** 29 + 1);
    store.references.read = async (file) => ({ file, image, mask: undefined });
    assert.match(await refusal(packFrames(store), "BAD_REQUEST"), /more than 1024 MiB.*export it without frames/);
  });
});
