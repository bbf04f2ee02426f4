import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Context } from "mocha";
import { ROOT } from "../support/shared-data";

const CACHE = join(ROOT, ".cache");
const INSTALL_MS = 300_000;
const OFFLINE = /ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|ECONNRESET|ENETUNREACH|ENOTCACHED/;
const run = promisify(execFile);

/** Packs the project as it would be published, and installs that; @returns the node_modules folder it lies in. */
export async function installPacked(context: Context): Promise<string> {
  const directory = join(CACHE, "packed");
  await rm(join(directory, "node_modules", "@golden-sample"), { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  for (const old of await readdir(directory)) if (old.endsWith(".tgz")) await rm(join(directory, old));
  // The project is built already; the scripts that would build it again stay off.
  await npm(context, ROOT, ["pack", "--ignore-scripts", "--silent", "--pack-destination", directory]);
  const tarball = (await readdir(directory)).find((name) => name.endsWith(".tgz"));
  if (!tarball) throw new Error("npm pack left no tarball.");
  await manifest(directory);
  await npm(context, directory, ["install", "--no-save", "--no-package-lock", `./${tarball}`]);
  return join(directory, "node_modules");
}

/** Node-RED 5 and a node binary new enough for it. */
export async function installNodeRed5(context: Context): Promise<{ redJs: string; node: string }> {
  const directory = join(CACHE, "node-red-5");
  const binary = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const modules = join(directory, "node_modules");
  const redJs = join(modules, "node-red", "red.js");
  const node = join(modules, binary, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (!existsSync(redJs) || !existsSync(node)) {
    await manifest(directory);
    await npm(context, directory, ["install", "--no-save", "--no-package-lock", "node-red@5", `${binary}@24`]);
  }
  return { redJs, node };
}

async function manifest(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "package.json"), '{ "private": true }\n');
}

/** Runs npm; where the registry cannot be reached the test is skipped, with the reason. */
async function npm(context: Context, cwd: string, args: readonly string[]): Promise<void> {
  const command = process.platform === "win32" ? "npm.cmd" : "npm";
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
  try {
    await run(command, [...args, ...flags], { cwd, timeout: INSTALL_MS, shell: process.platform === "win32" });
  } catch (error) {
    if (!OFFLINE.test(String((error as { stderr?: string }).stderr))) throw error;
    console.log("      skipped: the npm registry cannot be reached");
    context.skip();
  }
}
