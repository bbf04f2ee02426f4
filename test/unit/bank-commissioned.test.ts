import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { readBundleMetadata } from "../../lib/bank/file/bundle";
import type { Commissioning } from "../../lib/bank/memory-bank";
import type { BankStore } from "../../lib/bank/store/store";
import { actor, freshStore, options } from "../support/fresh-store";
import { smallBank } from "../support/small-bank";

describe("a bank's store, commissioned", () => {
  let store: BankStore;
  const { active } = freshStore((made) => {
    store = made;
  });

  const commissioning = (after: number): Commissioning => ({
    scores: [0.1, 0.2],
    mode: "balanced",
    threshold: { before: 0.5, after },
    by: "operator",
    time: "2026-01-02T00:00:00.000Z",
  });
  const kept = async (version: number) => (await readBundleMetadata(store.versionFile(version))).commissioning;

  it("keeps with a version what its threshold was set from, by whom and when, notes both, and takes it back", async () => {
    await store.save(smallBank(), options);
    await store.commission(1, commissioning(0.4), { by: "night shift" }, "0.5 before, 0.4 after");
    await store.commission(1, commissioning(0.3), actor, "0.4 before, 0.3 after");
    assert.deepEqual(await kept(1), commissioning(0.3));
    assert.deepEqual(
      (await store.audit.read(2)).map(({ action, by, note }) => [action, by, note]),
      [
        ["commission", "night shift", "0.5 before, 0.4 after"],
        ["commission", "operator", "0.4 before, 0.3 after"],
      ],
    );
    assert.equal(await store.undo(actor), "commission");
    assert.deepEqual(await kept(1), commissioning(0.4));
    await store.undo(actor);
    assert.equal(await kept(1), undefined);
    assert.equal(await active(), 1);
  });

  it("hands it on to no other build, which says what has ended", async () => {
    await store.save(smallBank(), options);
    await store.commission(1, commissioning(0.4), actor, "");
    await store.save(smallBank(), options);
    await store.save(smallBank(), options);
    const facts = await Promise.all([2, 3].map((version) => readBundleMetadata(store.versionFile(version))));
    for (const { commissioning: none, lapsedCommissioning } of facts)
      assert.deepEqual([none, lapsedCommissioning], [undefined, { version: 1, parts: 2 }]);
    await store.use(1, actor);
    assert.deepEqual(await kept(1), commissioning(0.4));
  });

  it("is undone where its version was pruned meanwhile, too", async () => {
    for (let i = 0; i < 2; i++) await store.save(smallBank(), options);
    await store.commission(1, commissioning(0.4), actor, "");
    await store.delete(1, [], actor);
    assert.equal(await store.undo(actor), "commission");
  });
});
