import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, it } from "mocha";
import { firstVerdict } from "../../bench/first-verdict";

/** A program whose child holds 150 MB when it speaks for the first time. */
const CHILD = 'globalThis.held = Buffer.alloc(150 << 20, 1); process.stdout.write("score\\n")';
const PARENT = `
const { spawn } = require("node:child_process");
const child = spawn(process.execPath, ["-e", ${JSON.stringify(`${CHILD}; process.stdin.on("end", () => process.exit()).resume()`)}]);
child.stdout.once("data", (line) => setTimeout(() => { process.stdout.write(line); child.stdin.end(); }, 100));
`;

describe("the first verdict of a fresh process", () => {
  it("counts the memory of all processes that it took", async function () {
    if (!existsSync("/proc/self/task")) {
      console.log("      skipped: there is no /proc");
      return this.skip();
    }
    const { start, megabytes } = await firstVerdict(process.execPath, ["-e", PARENT]);
    assert.ok(start > 0);
    assert.ok(megabytes > 150, String(megabytes));
  });

  it("says why there is none where the program ends before", async () => {
    const program = 'console.error("no such bank"); process.exit(1)';
    await assert.rejects(firstVerdict(process.execPath, ["-e", program]), /no such bank/);
  });
});
