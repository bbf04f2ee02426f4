// Sets up whatever is missing in a fresh clone: dependencies, then the build. Says nothing when nothing is to be done.
// `--dependencies`: those only; every build begins with it, so that a pull that brings new ones needs no second command.
// Plain JavaScript without dependencies, because it runs before there are any.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const MINIMUM_NODE = [20, 9];
const SOURCES = [
  "lib",
  "nodes",
  "cli",
  "scripts",
  "test",
  "bench",
  "icons",
  "locales",
  "tsconfig.json",
  "package.json",
  // Not a package's own dist/.
  ...packageFolders().flatMap((folder) =>
    ["lib", "node", "ui", "package.json", "tsconfig.json"].map((name) => join(folder, name)),
  ),
];
const STAMP = join(ROOT, "dist", ".built");

checkNode();
if (dependenciesMissing()) install();
if (!process.argv.includes("--dependencies") && buildIsOld()) {
  const started = new Date();
  console.log("Building ...");
  npm(["run", "--silent", "build"]) || process.exit(1);
  // The time the build began: a file saved while it ran is newer.
  writeFileSync(STAMP, "");
  utimesSync(STAMP, started, started);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [needMajor, needMinor] = MINIMUM_NODE;
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return;
  fail(`Node.js ${MINIMUM_NODE.join(".")} or newer is needed; this is ${process.versions.node}.`);
}

// What is installed is compared with what is locked, not by file times: a git checkout changes those.
function dependenciesMissing() {
  const locked = packages(join(ROOT, "package-lock.json"));
  const installed = packages(join(ROOT, "node_modules", ".package-lock.json"));
  if (!installed) return true;
  if (!locked) return false;
  // The native runtime is optional for users; who works on the project wants both.
  const own = Object.keys(locked[""]?.optionalDependencies ?? {}).map((name) => `node_modules/${name}`);
  return Object.entries(locked).some(([path, entry]) => {
    if (path === "" || entry.link) return false;
    const there = installed[path];
    // Optional packages of others are for other platforms.
    if (!there) return own.includes(path) ? isForThisMachine(entry) : !(entry.optional || entry.devOptional);
    return there.version !== entry.version || !existsSync(join(ROOT, path));
  });
}

const isForThisMachine = ({ os, cpu }) =>
  (os?.includes(process.platform) ?? true) && (cpu?.includes(process.arch) ?? true);

function install() {
  // `npm pack --dry-run` builds, too, and hands its own dry run on to the install that the build needs.
  const flags = ["--ignore-scripts", "--no-fund", "--no-audit", "--no-dry-run"];
  console.log("Installing dependencies ...");
  if (existsSync(join(ROOT, "package-lock.json"))) {
    if (npm(["ci", "--silent", ...flags])) return;
    // A registry mirror without the optional packages of other platforms is enough for npm ci to refuse.
    console.log("npm ci refused; trying npm install with the same versions ...");
  }
  if (!npm(["install", "--no-save", ...flags])) fail("The dependencies could not be installed; npm's output says why.");
}

function packages(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return undefined;
  }
}

function packageFolders() {
  const folder = join(ROOT, "packages");
  return existsSync(folder) ? readdirSync(folder).map((name) => join("packages", name)) : [];
}

function buildIsOld() {
  if (!existsSync(STAMP)) return true;
  const built = statSync(STAMP).mtimeMs;
  return SOURCES.some((name) => existsSync(join(ROOT, name)) && newest(join(ROOT, name)) > built);
}

/** The latest change of a file, or of anything in a folder. */
function newest(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), stats.mtimeMs);
}

/** @returns whether npm succeeded */
function npm(args) {
  // Under "npm run" the path of npm itself is known; otherwise it is looked up, which on Windows takes a shell.
  const cli = process.env.npm_execpath;
  const result = cli?.endsWith(".js")
    ? spawnSync(process.execPath, [cli, ...args], { cwd: ROOT, stdio: "inherit" })
    : spawnSync("npm", args, { cwd: ROOT, stdio: "inherit", shell: process.platform === "win32" });
  if (result.error) fail(`npm could not be started: ${result.error.message}`);
  return result.status === 0;
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
