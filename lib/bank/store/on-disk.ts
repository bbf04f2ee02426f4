import { readdir } from "node:fs/promises";
import { FILE_NAME } from "../../file-name";

/** Banks that an error names. */
const LISTED = 20;

/** The versions in a bank's folder, oldest first; none where there is no folder. */
export async function versionsIn(root: string): Promise<number[]> {
  const names = await readdir(root).catch(() => [] as string[]);
  const numbers = names.flatMap((name) => /^(\d+)\.safetensors$/.exec(name)?.[1] ?? []).map(Number);
  return numbers.sort((a, b) => a - b);
}

/** Names of the banks in a directory, the first of them. */
export async function banksIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory() && FILE_NAME.test(entry.name)).map(({ name }) => name);
  return names.sort().slice(0, LISTED);
}
