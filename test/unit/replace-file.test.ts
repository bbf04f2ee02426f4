import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { replaceFile } from "../../lib/write-whole";
import { temporaryFolder } from "../support/temporary";

/** A disk on which each rename ends as the next of `codes` says; "" is success. */
function disk(platform: NodeJS.Platform, ...codes: string[]) {
  let tries = 0;
  const rename = async () => {
    const code = codes[tries++];
    if (code !== "") throw Object.assign(new Error("rename"), { code });
  };
  return { tools: { rename, platform, pauses: [0, 0] }, tries: () => tries };
}

describe("replacing a file", () => {
  it("takes the place of the old one", async () => {
    const { path, remove } = temporaryFolder();
    const [from, to] = [join(path, "new.tmp"), join(path, "state.json")];
    writeFileSync(to, "old");
    writeFileSync(from, "new");
    await replaceFile(from, to);
    assert.equal(readFileSync(to, "utf8"), "new");
    remove();
  });

  it("waits on Windows till nobody holds the file", async () => {
    const { tools, tries } = disk("win32", "EPERM", "EBUSY", "");
    await replaceFile("a", "b", tools);
    assert.equal(tries(), 3);
  });

  it("gives up in the end, and at once where waiting does not help", async () => {
    const held = disk("win32", "EPERM", "EPERM", "EPERM", "");
    await assert.rejects(replaceFile("a", "b", held.tools), { code: "EPERM" });
    assert.equal(held.tries(), 3);
    const missing = disk("win32", "ENOENT", "");
    await assert.rejects(replaceFile("a", "b", missing.tools), { code: "ENOENT" });
    assert.equal(missing.tries(), 1);
    const refused = disk("linux", "EPERM", "");
    await assert.rejects(replaceFile("a", "b", refused.tools), { code: "EPERM" });
    assert.equal(refused.tries(), 1);
  });
});
