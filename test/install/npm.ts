import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Context } from "mocha";
import { ROOT } from "../support/shared-data";

const CACHE = join(ROOT, ".cache");
const INSTALL_MS = 300_000;
const FLAGS = ["--no-audit", "--no-fund", "--no-update-notifier"];
const OFFLINE = /ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|ECONNRESET|ENETUNREACH|ENOTCACHED/;
/** Node-RED 5 needs one at least as new. */
const NODE_FOR_5 = [22, 9] as const;
const run = promisify(execFile);

/** A port of this machine that nobody listens on: what is sent there is refused at once. */
const CLOSED = "http://127.0.0.1:9/";
/**
 * Makes the install script of onnxruntime-node fail for certain: on Linux x64 its download host is refused by way of
 * the proxy that this script alone knows of, elsewhere it has no such download.
 */
export const REFUSED_HOST = { ONNXRUNTIME_NODE_INSTALL: "cuda12", GLOBAL_AGENT_HTTPS_PROXY: CLOSED };
/** The install script runs and succeeds without its download of many hundred megabytes. */
export const ALLOWED = { ONNXRUNTIME_NODE_INSTALL: "skip" };

export interface InstallOptions {
  flags?: readonly string[];
  env?: NodeJS.ProcessEnv;
}

/** Packs the project as it would be published; @returns the tarball */
export async function packProject(context: Context): Promise<string> {
  const directory = join(CACHE, "packed");
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  // The project is built already; the scripts that would build it again stay off.
  await npm(context, ROOT, ["pack", "--ignore-scripts", "--silent", "--pack-destination", directory]);
  const tarball = (await readdir(directory)).find((name) => name.endsWith(".tgz"));
  if (!tarball) throw new Error("npm pack left no tarball.");
  return join(directory, tarball);
}

/** Installs a package file into a fresh Node-RED user directory. */
export async function installInto(
  context: Context,
  userDir: string,
  file: string,
  { flags = [], env = {} }: InstallOptions,
): Promise<void> {
  await mkdir(userDir, { recursive: true });
  const manifest = { name: "node-red-project", description: "A Node-RED Project", version: "0.0.1", private: true };
  await writeFile(join(userDir, "package.json"), JSON.stringify(manifest));
  await npm(context, userDir, ["install", ...flags, "--", file], env);
}

/** What an install without any network has: no registry, and nothing cached. */
export function withoutNetwork(emptyCache: string): InstallOptions {
  return { flags: ["--registry", CLOSED, "--fetch-retries", "0", "--cache", emptyCache] };
}

/** Node-RED 5 and a node binary new enough for it. */
export async function installNodeRed5(context: Context): Promise<{ redJs: string; node: string }> {
  const directory = join(CACHE, "node-red-5");
  const modules = join(directory, "node_modules");
  const redJs = join(modules, "node-red", "red.js");
  const { node, packages } = nodeFor5(modules);
  if (!existsSync(redJs) || !existsSync(node)) {
    await mkdir(CACHE, { recursive: true });
    // Beside it and then in its place: two files of tests may find it missing at the same time.
    const fresh = await mkdtemp(`${directory}-`);
    await writeFile(join(fresh, "package.json"), '{ "private": true }\n');
    const flags = ["--ignore-scripts", "--no-save", "--no-package-lock", "--prefer-offline"];
    await npm(context, fresh, ["install", ...flags, "node-red@5", ...packages]);
    await rename(fresh, directory).catch(() => rm(fresh, { recursive: true, force: true }));
  }
  return { redJs, node };
}

function nodeFor5(modules: string): { node: string; packages: string[] } {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > NODE_FOR_5[0] || (major === NODE_FOR_5[0] && minor >= NODE_FOR_5[1]))
    return { node: process.execPath, packages: [] };
  const windows = process.platform === "win32";
  const binary = `node-${windows ? "win" : process.platform}-${process.arch}`;
  return { node: join(modules, binary, "bin", windows ? "node.exe" : "node"), packages: [`${binary}@24`] };
}

/** Runs npm as a user would: the settings that npm itself handed to this run are not theirs. */
async function npm(context: Context, cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const own = Object.entries(process.env).filter(([name]) => !/^npm_(config|package|lifecycle)/i.test(name));
  const windows = process.platform === "win32";
  try {
    await run(windows ? "npm.cmd" : "npm", [...FLAGS, ...args], {
      cwd,
      env: { ...Object.fromEntries(own), ...env },
      timeout: INSTALL_MS,
      shell: windows,
    });
  } catch (error) {
    if (args.includes(CLOSED) || !OFFLINE.test(String((error as { stderr?: string }).stderr))) throw error;
    console.log("      skipped: the npm registry cannot be reached");
    context.skip();
  }
}
