import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { ROOT } from "../support/shared-data";
import { temporaryFolder } from "../support/temporary";

describe("the API pages in docs/api", () => {
  it("say what the docstrings say", () => {
    const { path, remove } = temporaryFolder();
    try {
      const typedoc = join(ROOT, "node_modules", "typedoc", "bin", "typedoc");
      const flags = ["--tsconfig", join("lib", "tsconfig.api.json"), "--out", path];
      const { status, stderr } = spawnSync(process.execPath, [typedoc, ...flags], { cwd: ROOT, encoding: "utf8" });
      assert.equal(status, 0, stderr);
      const [fresh, kept] = [path, join(ROOT, "docs", "api")].map((folder) =>
        readFileSync(join(folder, "README.md"), "utf8").replaceAll("\r\n", "\n"),
      );
      assert.equal(kept, fresh, "docs/api is out of date: npm run docs");
    } finally {
      remove();
    }
  });
});
