import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { sweepTemporary, temporaryBeside, writeWhole } from "../../lib/write-whole";
import { temporaryFolder } from "../support/temporary";

describe("writing a file whole or not at all", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  it("makes the folder, and puts the parts together", async () => {
    const path = join(folder.path, "deep", "file.json");
    await writeWhole(path, [Buffer.from("one "), new Uint8Array([0x32])]);
    assert.equal(readFileSync(path, "utf8"), "one 2");
    assert.deepEqual(readdirSync(dirname(path)), ["file.json"]);
  });

  it("leaves the old file and nothing else where writing fails in the middle", async () => {
    const path = join(folder.path, "file.json");
    await writeWhole(path, [Buffer.from("old")]);
    const failing = [Buffer.from("new"), { byteLength: 1 } as unknown as Uint8Array];
    await assert.rejects(writeWhole(path, failing));
    assert.equal(readFileSync(path, "utf8"), "old");
    assert.deepEqual(readdirSync(folder.path), ["file.json"]);
  });

  it("is for this user alone, unless said otherwise", async function () {
    if (process.platform === "win32") return this.skip();
    const rights = (path: string) => statSync(path).mode & 0o777;
    const [own, shared] = ["own", "shared"].map((name) => join(folder.path, name, "file"));
    await writeWhole(own!, [Buffer.from("1")]);
    assert.deepEqual([own!, dirname(own!)].map(rights), [0o600, 0o700]);
    await writeWhole(shared!, [Buffer.from("1")], { mode: 0o666 });
    const umask = process.umask();
    assert.deepEqual([shared!, dirname(shared!)].map(rights), [0o666 & ~umask, 0o777 & ~umask]);
  });

  it("takes away what a crash left, but not what is being written now, nor the files of others", async () => {
    const [left, now] = [temporaryBeside(join(folder.path, "a")), temporaryBeside(join(folder.path, "b"))];
    for (const path of [left, now, join(folder.path, "mine.tmp")]) writeFileSync(path, "");
    for (const path of [left, join(folder.path, "mine.tmp")]) utimesSync(path, new Date(0), new Date(0));
    await sweepTemporary(folder.path);
    assert.deepEqual(
      readdirSync(folder.path).map((name) => join(folder.path, name)),
      [now, join(folder.path, "mine.tmp")].sort(),
    );
  });
});
