// All tests; further arguments go to mocha. Unit and flow tests run file beside file, each worker a process of its own; so
// do, two at a time, those that start whole programs, which wait for them half of the time. Last and alone: those that kill
// processes and fill disks. All parts run, whatever an earlier one finds.
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const MOCHA = join(ROOT, "node_modules", "mocha", "bin", "mocha.js");
const SMALL = "dist/test/{unit,flow}/**/*.test.js";
/** The longest first: none is left over at the end. */
const PROGRAMS = ["install", "e2e", "{cli,parity}"].map((folder) => `dist/test/${folder}/**/*.test.js`);
/** One more than there are processors, for tests wait for processes that start; beyond so many they are in each other's way. */
const jobs = Math.min(8, availableParallelism() + 1);

function mocha(args, flags = []) {
  const all = [...flags, MOCHA, ...args, ...process.argv.slice(2)];
  return spawnSync(process.execPath, all, { cwd: ROOT, stdio: "inherit" }).status === 0;
}

const parallel = (most) => ["--parallel", "--jobs", String(most)];
const parts = [
  // Compiling WebAssembly for speed is most of what small tests of the portable runtime would take.
  mocha([...parallel(jobs), SMALL], ["--liftoff-only"]),
  mocha([...parallel(2), ...PROGRAMS]),
  mocha(["dist/test/**/*.test.js", ...[SMALL, ...PROGRAMS].flatMap((those) => ["--ignore", those])]),
];
process.exitCode = parts.every(Boolean) ? 0 : 1;
