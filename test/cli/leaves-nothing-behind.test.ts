import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { program as runProgram } from "../support/command";
import { ROOT } from "../support/shared-data";
import { smallSet } from "./small-set";

describe("the command line and the temporary folder", () => {
  const { at, tiny } = smallSet();

  it("leaves nothing behind in the temporary folder", async () => {
    mkdirSync(at("temporary"));
    const env = Object.fromEntries(["TMPDIR", "TEMP", "TMP"].map((name) => [name, at("temporary")]));
    const args = ["score", ...tiny(), "--references", at("data/train/good"), "--", at("data/test/good/1.jpg")];
    assert.equal(runProgram(args, env).status, 0);
    assert.deepEqual(readdirSync(at("temporary")), []);
  });

  it("leaves nothing behind there either where somebody reads the first line only, or presses Ctrl-C", async function () {
    if (process.platform === "win32") return this.skip();
    mkdirSync(at("interrupted"));
    const env = Object.fromEntries(["TMPDIR", "TEMP", "TMP"].map((name) => [name, at("interrupted")]));
    const images = Array<string>(40).fill(at("data/test/good/1.jpg"));
    const args = ["score", ...tiny(), "--references", at("data/train/good"), "--", ...images];
    for (const ending of ["reader", "SIGINT"] as const) {
      const program = spawn(process.execPath, [join(ROOT, "dist", "cli", "golden-sample.js"), ...args], {
        env: { ...process.env, ...env },
        stdio: ["ignore", "pipe", "ignore"],
      });
      const ended = once(program, "exit");
      await once(program.stdout, "data");
      assert.notDeepEqual(readdirSync(at("interrupted")), []);
      if (ending === "reader") program.stdout.destroy();
      else program.kill(ending);
      assert.deepEqual(await ended, ending === "reader" ? [0, null] : [null, ending]);
      assert.deepEqual(readdirSync(at("interrupted")), []);
    }
  });
});
