import assert from "node:assert/strict";
import { existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { readBundle } from "../../lib/bank/file/bundle";
import { exportVersion } from "../../lib/bank/store/export-version";
import type { BankStore } from "../../lib/bank/store/store";
import { freshStore, options, refusal } from "../support/fresh-store";
import { smallBank } from "../support/small-bank";

describe("a version exported from a bank's store", () => {
  let store: BankStore;
  const { folder } = freshStore((made) => {
    store = made;
  });

  it("exports a version whole or not at all", async () => {
    await store.save(smallBank(), options);
    const target = join(folder.path, "out", "bank.safetensors");
    const bytes = await exportVersion(store.versionFile(1), target);
    assert.equal(readFileSync(target).length, bytes);
    assert.equal((await readBundle(target)).metadata.references, 2);
    truncateSync(target, 10);
    await assert.rejects(readBundle(target));
    writeFileSync(join(folder.path, "file"), "");
    await refusal(exportVersion(store.versionFile(1), join(folder.path, "file", "bank.safetensors")), "BAD_REQUEST");
    assert.ok(!existsSync(join(folder.path, "out", "bank.safetensors.tmp")));
  });

  it("exports no folder of the machine that it was built on", async () => {
    const bank = smallBank();
    const [first, second] = ["/home/me/photos/a.png", "C:\\photos\\b.png"];
    bank.metadata.sources = [first, second].map((file) => ({ file: file!, sha256: "0".repeat(64) }));
    bank.metadata.findings = {
      duplicates: [{ references: [1, 2], files: [first!, second!] }],
      outliers: [{ reference: 1, file: first!, score: 1, z: 4 }],
    };
    bank.metadata.backbone.id = "/srv/models/vit.onnx";
    await store.save(bank, options);
    const target = join(folder.path, "bank.safetensors");
    await exportVersion(store.versionFile(1), target);
    assert.doesNotMatch(readFileSync(target, "latin1"), /photos|srv/);
    const { metadata } = await readBundle(target);
    assert.deepEqual(
      [metadata.sources!.map(({ file }) => file), metadata.backbone.id],
      [["a.png", "b.png"], "vit.onnx"],
    );
    assert.deepEqual(metadata.findings!.duplicates[0]!.files, ["a.png", "b.png"]);
  });
});
