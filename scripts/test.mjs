// All tests; further arguments go to mocha. Unit and flow tests run file beside file, each in a process of its own;
// after them, one after the other, the tests that start whole programs, kill processes or fill disks. Both parts run,
// whatever the first one finds.
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const MOCHA = join(ROOT, "node_modules", "mocha", "bin", "mocha.js");
const SIDE_BY_SIDE = "dist/test/{unit,flow}/**/*.test.js";
/** Tests wait a good deal, for processes that start; beyond this many their engines are in each other's way. */
const jobs = Math.min(8, Math.max(2, availableParallelism()));

function mocha(...args) {
  const all = [MOCHA, ...args, ...process.argv.slice(2)];
  return spawnSync(process.execPath, all, { cwd: ROOT, stdio: "inherit" }).status === 0;
}

const parts = [
  mocha("--parallel", "--jobs", String(jobs), SIDE_BY_SIDE),
  mocha("dist/test/**/*.test.js", "--ignore", SIDE_BY_SIDE),
];
process.exitCode = parts.every(Boolean) ? 0 : 1;
