import { cp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Target } from "./target";

const PACKAGE = join("@golden-sample", "node-red-anomaly");
/** What onnxruntime-node has binaries for. */
const NATIVE = ["linux-x64-glibc", "linux-arm64-glibc", "win32-x64", "win32-arm64", "darwin-arm64"];
/** Of onnxruntime-web's builds, what Node.js loads. */
const PORTABLE = /^(ort\.node\.min\.m?js|ort-wasm-simd-threaded\.(mjs|wasm))$/;
/** npm would run these on the machine without a network; nothing of ours needs one. */
const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall", "prepare"];

interface Manifest {
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  bundleDependencies?: string[];
}

/**
 * Makes one package of an installed node_modules folder: ours, with all that it needs inside, so that npm installs it
 * without asking a registry. What the target cannot load is left out.
 * @param modules a node_modules folder that npm has filled for the target; taken apart
 * @param into a folder that is not there yet
 */
export async function assemble(modules: string, into: string, target: Target): Promise<void> {
  await cp(join(modules, PACKAGE), into, { recursive: true });
  const inside = join(into, "node_modules");
  await rename(modules, inside);
  await rm(join(inside, PACKAGE), { recursive: true });
  await trim(inside, target);
  const names = await packageNames(inside);
  for (const name of names) await edit(join(inside, name), (manifest) => alone(manifest, names));
  await edit(into, (manifest) => ({ ...alone(manifest, names), bundleDependencies: names }));
}

async function trim(modules: string, { os, cpu, libc }: Target): Promise<void> {
  const native = join(modules, "onnxruntime-node");
  if (NATIVE.includes([os, cpu, libc].filter(Boolean).join("-"))) {
    await keepOnly(join(native, "bin", "napi-v6"), (name) => name === os);
    await keepOnly(join(native, "bin", "napi-v6", os), (name) => name === cpu);
  } else await rm(native, { recursive: true, force: true });
  await keepOnly(join(modules, "onnxruntime-web", "dist"), (name) => PORTABLE.test(name));
}

async function keepOnly(folder: string, wanted: (name: string) => boolean): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!wanted(name)) await rm(join(folder, name), { recursive: true });
  }
}

async function packageNames(modules: string): Promise<string[]> {
  const names: string[] = [];
  for (const name of await readdir(modules)) {
    if (name.startsWith(".")) continue;
    if (!name.startsWith("@")) names.push(name);
    else for (const inner of await readdir(join(modules, name))) names.push(`${name}/${inner}`);
  }
  const isPackage = async (name: string) =>
    (await stat(join(modules, name, "package.json")).catch(() => undefined))?.isFile();
  const checked = await Promise.all(names.map(async (name) => ((await isPackage(name)) ? [name] : [])));
  return checked.flat().sort();
}

/** Without scripts, and without optional packages that would be looked for in a registry. */
function alone(manifest: Manifest, there: readonly string[]): Manifest {
  const { scripts = {}, optionalDependencies = {}, ...rest } = manifest;
  const kept = (record: Record<string, string>, wanted: (key: string) => boolean) =>
    Object.fromEntries(Object.entries(record).filter(([key]) => wanted(key)));
  return {
    ...rest,
    scripts: kept(scripts, (name) => !INSTALL_SCRIPTS.includes(name)),
    optionalDependencies: kept(optionalDependencies, (name) => there.includes(name)),
  };
}

async function edit(folder: string, change: (manifest: Manifest) => Manifest): Promise<void> {
  const path = join(folder, "package.json");
  const manifest = JSON.parse(await readFile(path, "utf8")) as Manifest;
  await writeFile(path, `${JSON.stringify(change(manifest), null, 2)}\n`);
}
