import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../support/shared-data";
import { temporaryFolder } from "../support/temporary";

const run = promisify(execFile);

describe("npm pack in a fresh clone", () => {
  it("builds what it packs: a package without dist/ would install, and give no node", async () => {
    const workspaces = readdirSync(join(ROOT, "packages")).map((name) => join(ROOT, "packages", name));
    for (const folder of [ROOT, ...workspaces]) {
      const { scripts } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { scripts?: object };
      assert.match(JSON.stringify(scripts), /"prepack":"[^"]*build/, folder);
    }
    const clone = temporaryFolder();
    try {
      // The project's own settings of npm, and a build that takes no minute.
      copyFileSync(join(ROOT, ".npmrc"), join(clone.path, ".npmrc"));
      const prepack = "node -e \"fs.mkdirSync('dist');fs.writeFileSync('dist/built.js','')\"";
      const manifest = { name: "clone", version: "1.0.0", files: ["dist"], scripts: { prepack } };
      writeFileSync(join(clone.path, "package.json"), JSON.stringify(manifest));
      const shell = process.platform === "win32";
      const { stdout } = await run("npm", ["pack", "--dry-run", "--json"], { cwd: clone.path, shell });
      assert.match(stdout, /"dist\/built\.js"/);
    } finally {
      clone.remove();
    }
  });
});
