import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { replaceFile } from "./replace-file";

/** The names that `temporaryBeside` gives. */
const TEMPORARY = /\.[0-9a-f]{8}\.tmp$/;
/** Milliseconds: another process may be writing a younger one just now. */
const ABANDONED = 60_000;

export interface WriteOptions {
  /** Of the file; a folder that is made has the right to search with each right to read. @default 0o600, this user alone */
  mode?: number;
}

/** A name for a file until it is whole, in the same folder so that it can be renamed; see `sweepTemporary`. */
export const temporaryBeside = (path: string) => `${path}.${randomBytes(4).toString("hex")}.tmp`;

/**
 * Writes a file that is there whole or not at all: under a temporary name, synced, renamed, and its folder synced. A
 * crash, a cut or a full disk leaves the old file or the new one. The folder is made where it is missing.
 * @throws what the file system throws; nothing of the new file stays
 */
export async function writeWhole(
  path: string,
  parts: readonly Uint8Array[],
  { mode = 0o600 }: WriteOptions = {},
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: mode | ((mode & 0o444) >> 2) });
  const temporary = temporaryBeside(path);
  try {
    const file = await open(temporary, "wx", mode);
    try {
      // writev may stop short of the end of a large file.
      for (const part of parts) await file.writeFile(part);
      await file.sync();
    } finally {
      await file.close();
    }
    await replaceFile(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw thrown;
  }
}

/** Takes away what a process left that ended in the middle of writing into `folder`. */
export async function sweepTemporary(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [] as string[]);
  for (const name of names.filter((file) => TEMPORARY.test(file))) {
    const path = join(folder, name);
    const facts = await stat(path).catch(() => undefined);
    if (facts && Date.now() - facts.mtimeMs > ABANDONED) await rm(path, { force: true }).catch(() => undefined);
  }
}
