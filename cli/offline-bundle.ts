import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { GoldenSampleError, plain } from "../lib";
import type { Arguments } from "./arguments";
import { assemble } from "./offline/assemble";
import { npm } from "./offline/npm";
import { nameTarget, readTarget } from "./offline/target";
import type { Output } from "./output";
import { UsageError } from "./usage";

const NAME = "@golden-sample/node-red-anomaly";

/**
 * Makes one file that npm, or the editor's palette manager, installs without any network: this package with all that
 * it needs inside, for another kind of machine where asked. It is made where npm reaches a registry.
 */
export async function offlineBundle({ values, operands }: Arguments, output: Output): Promise<number> {
  const { out } = values;
  if (out === undefined || !out.endsWith(".tgz") || operands.length > 0)
    throw new UsageError("offline-bundle needs --out FILE.tgz and nothing besides options.");
  const target = readTarget(values);
  const source = await packageSource(values.package);
  const work = await mkdtemp(join(tmpdir(), "golden-sample-offline-"));
  try {
    await writeFile(join(work, "package.json"), '{ "private": true }\n');
    const kind = [`--os=${target.os}`, `--cpu=${target.cpu}`, ...(target.libc ? [`--libc=${target.libc}`] : [])];
    await npm(work, ["install", "--omit=dev", "--no-save", "--no-package-lock", "--prefer-offline", ...kind, source]);
    const folder = join(work, "package");
    await assemble(join(work, "node_modules"), folder, target);
    const packed = join(work, "packed");
    await mkdir(packed);
    await npm(folder, ["pack", "--silent", "--pack-destination", packed]);
    const [file] = await readdir(packed);
    await mkdir(dirname(resolve(out)), { recursive: true });
    await copyFile(join(packed, file!), out);
  } finally {
    await rm(work, { recursive: true, force: true, maxRetries: 5 });
  }
  const { size } = await stat(out);
  output.record(
    { out, target: nameTarget(target), bytes: size },
    `${out}: for ${nameTarget(target)}, ${Math.round(size / 1e6)} MB; there, in Node-RED's user directory: npm install ${out}`,
  );
  return 0;
}

/** What npm is to install: a file, or the release that this command itself belongs to. */
async function packageSource(file: string | undefined): Promise<string> {
  if (file !== undefined) {
    const path = resolve(file);
    if ((await stat(path).catch(() => undefined))?.isFile()) return path;
    throw new GoldenSampleError(
      "BAD_REQUEST",
      plain(`There is no file ${file}: give the package as npm pack makes it.`),
    );
  }
  const manifest = await readFile(join(__dirname, "..", "..", "package.json"), "utf8");
  return `${NAME}@${(JSON.parse(manifest) as { version: string }).version}`;
}
