import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, it } from "mocha";
import { readBundleMetadata } from "../../lib/bank/file/bundle";
import { deleteBank, renameBank } from "../../lib/bank/store/retire";
import { BankStore } from "../../lib/bank/store/store";
import { actor, freshStore, options, png, refusal } from "../support/fresh-store";
import { smallBank } from "../support/small-bank";

describe("a bank's store under another name", () => {
  let store: BankStore;
  const { folder, active } = freshStore((made) => {
    store = made;
  });

  let to: BankStore;
  beforeEach(async () => {
    to = new BankStore(folder.path, "lid");
    await store.addReference(png("a"), undefined, actor);
    for (let i = 0; i < 2; i++) await store.save(smallBank(), options);
    await store.use(1, actor);
  });

  it("is all that it was, and where it was says what became of it and learns nothing anew", async () => {
    await renameBank(store, to, { by: "shift" });
    const { version, versions, references } = await to.state();
    assert.deepEqual([version, versions.length, references], [1, 2, 1]);
    assert.equal((await readBundleMetadata(to.versionFile(2))).name, "lid");
    assert.ok(!existsSync(join(to.root, "lock")));
    // As a build node asks before it learns by itself.
    const left = await store.state();
    assert.deepEqual([left.version, left.missing, left.versions.length], [undefined, 1, 0]);
    assert.match(await refusal(store.resolve(), "BANK_NOT_BUILT"), /renamed to "lid" by shift/);
    assert.equal((await to.audit.read(1))[0]!.action, "rename");
    // And back, over the note.
    await renameBank(to, store, actor);
    assert.deepEqual([await active(), (await store.state()).references], [1, 1]);
  });

  it("takes no name that another bank has, its own in other letters included", async () => {
    await to.save(smallBank(), options);
    assert.match(await refusal(renameBank(store, to, actor), "BAD_REQUEST"), /already/);
    await refusal(renameBank(store, new BankStore(folder.path, "Part"), actor), "BAD_REQUEST");
    assert.equal(await active(), 1);
    await refusal(renameBank(new BankStore(folder.path, "nothing"), to, actor), "BAD_REQUEST");
  });

  it("is deleted for good, with a note where nodes are set to it", async () => {
    await deleteBank(store, true, { by: "shift" });
    assert.equal((await store.state()).missing, 1);
    assert.deepEqual(readdirSync(store.root).sort(), ["audit.jsonl", "state.json"]);
    assert.match(await refusal(store.resolve(), "BANK_NOT_BUILT"), /deleted by shift/);
    // It can be begun again there, with numbers of its own.
    await store.addReference(png("b"), undefined, actor);
    assert.equal(await store.save(smallBank(), options), 3);
    await deleteBank(store, false, actor);
    assert.ok(!existsSync(store.root));
  });
});
