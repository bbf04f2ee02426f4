/**
 * Takes the project to a machine with a GPU that may have neither Node.js nor a network, and measures there.
 *
 *   node scripts/gpu-check.mjs pack FILE.tgz    one file: the build, production dependencies, this Node.js, a script
 *   golden-sample-gpu/run [--backbone FILE]     on the other machine, after tar xzf: doctor, then frames timed a device
 */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const NAME = "golden-sample-gpu";

const [action, ...rest] = process.argv.slice(2);
if (action === "pack" && rest.length === 1) pack(resolve(rest[0]));
else if (action === "measure") measure(rest);
else {
  console.error("node scripts/gpu-check.mjs pack FILE.tgz | measure [--backbone FILE] [--resolution PX]");
  process.exit(2);
}

function pack(file) {
  const folder = mkdtempSync(join(tmpdir(), "golden-sample-pack-"));
  try {
    const target = join(folder, NAME);
    mkdirSync(join(target, "scripts"), { recursive: true });
    for (const path of ["package.json", "package-lock.json", "scripts/gpu-check.mjs"])
      cpSync(join(HERE, path), join(target, path));
    for (const path of ["lib", "cli", "nodes", "scripts"])
      cpSync(join(HERE, "dist", path), join(target, "dist", path), { recursive: true });
    mustRun("npm", ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], target);
    cpSync(process.execPath, join(target, "node"));
    const run = '#!/bin/sh\ncd "$(dirname "$0")" && exec ./node scripts/gpu-check.mjs measure "$@"\n';
    writeFileSync(join(target, "run"), run);
    chmodSync(join(target, "run"), 0o755);
    mustRun("tar", ["czf", file, NAME], folder);
    console.log(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure(options) {
  console.log(JSON.stringify({ doctor: JSON.parse(command(["doctor", "--json", ...options]).stdout || "null") }));
  const folder = mkdtempSync(join(tmpdir(), "golden-sample-gpu-"));
  try {
    const script = join(HERE, "dist", "scripts", "render-parts.js");
    mustRun(process.execPath, [script, folder], HERE);
    const references = join(folder, "train", "good");
    const images = join(folder, "test", "good");
    for (const device of ["cpu", "webgpu"]) {
      const { status, stdout, stderr } = command([
        "score",
        "--json",
        "--device",
        device,
        ...options,
        "--references",
        references,
        "--",
        images,
      ]);
      if (status !== 0) console.log(JSON.stringify({ device, error: stderr.trim() }));
      else console.log(JSON.stringify({ device, ...medians(stdout) }));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Milliseconds of each part of a frame; the first frame compiles and is left out. */
function medians(lines) {
  const timings = lines
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => JSON.parse(line).timing);
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  const parts = Object.keys(timings[0] ?? {}).map((part) => [
    part,
    Number(median(timings.map((timing) => timing[part])).toFixed(2)),
  ]);
  return { frames: timings.length, ...Object.fromEntries(parts) };
}

function command(args) {
  return spawnSync(process.execPath, [join(HERE, "dist", "cli", "golden-sample.js"), ...args], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
}

function mustRun(program, args, cwd) {
  const { status, error } = spawnSync(program, args, {
    cwd,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  if (status === 0) return;
  console.error(`${program} failed${error ? `: ${error.message}` : ""}`);
  process.exit(1);
}
