import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FILE_NAME } from "../../lib/confined-path";
import { ROOT } from "../support/shared-data";

describe("names of banks and models", () => {
  it("are those that every system can have as a folder's", () => {
    for (const name of ["a", "part-7", "Housing_2.1", "console", "com10", "x".repeat(64)])
      assert.match(name, FILE_NAME, name);
  });

  it("are none of those that Windows drops, keeps for devices, or that lead elsewhere", () => {
    for (const name of ["part.", "CON", "nul.txt", "Com1", "lpt9.v2", "", ".", "..", "a/b", "a\\b", "a:b", "-a", "é"])
      assert.doesNotMatch(name, FILE_NAME, name);
    assert.doesNotMatch("x".repeat(65), FILE_NAME);
  });

  it("are the same to the bank's dialog, which in a browser cannot ask lib/", () => {
    const dialog = readFileSync(join(ROOT, "nodes", "bank", "bank-view.editor.ts"), "utf8");
    assert.ok(dialog.includes(`BANK_NAME = ${String(FILE_NAME)};`), "BANK_NAME is FILE_NAME");
  });
});
