import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, it } from "mocha";
import { saveUpload } from "../../nodes/shared/save-upload";
import { temporaryFolder } from "../support/temporary";

describe("uploads", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  const upload = (pieces: number, says?: number) =>
    saveUpload(
      Object.assign(Readable.from(Array.from({ length: pieces }, () => Buffer.alloc(100, 7))), {
        headers: says === undefined ? {} : { "content-length": String(says) },
      }),
      join(folder.path, "upload"),
      1000,
    );

  it("are kept for this user alone", async () => {
    await upload(10);
    const file = join(folder.path, "upload");
    assert.equal(readFileSync(file).length, 1000);
    if (process.platform !== "win32") assert.equal(statSync(file).mode & 0o777, 0o600);
    // Never over a file, or through a link, that somebody else put there.
    await assert.rejects(upload(1), { code: "EEXIST" });
  });

  it("are refused where they are too large, and where they only turn out so", async () => {
    await assert.rejects(upload(1, 1001), { code: "BAD_REQUEST" });
    await assert.rejects(upload(11), /more than .* an upload may have at most: copy it/);
  });
});
