import { constants, type Stats } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";

/**
 * Opens a file for reading, and nothing else: a pipe waits for whoever writes into it, a device never ends. Looked at
 * before it is opened, for with some devices opening alone does something, and after, for it may be another one by then.
 * @throws {Error} that says in a few words what it is instead
 */
export async function openRegular(path: string): Promise<{ file: FileHandle; facts: Stats }> {
  mustBeRegular(await stat(path));
  // Windows has no such flag, and no such files. Without it, opening a pipe would wait.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const facts = await file.stat();
    mustBeRegular(facts);
    return { file, facts };
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

function mustBeRegular(facts: Stats): void {
  if (facts.isFile()) return;
  const what = facts.isDirectory()
    ? "a folder"
    : facts.isFIFO()
      ? "a pipe"
      : facts.isSocket()
        ? "a socket"
        : "a device";
  throw new Error(`it is ${what}, not a file`);
}
