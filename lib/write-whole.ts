import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** What Windows says while a virus scanner, an indexer or a reader holds one of the two files open. */
const HELD = ["EPERM", "EACCES", "EBUSY"];
/** Milliseconds before each further try; about three seconds in all. */
const PAUSES = [10, 30, 100, 300, 900, 1800];

export interface ReplaceTools {
  rename: (from: string, to: string) => Promise<void>;
  platform: NodeJS.Platform;
  pauses: readonly number[];
}

const TOOLS: ReplaceTools = { rename, platform: process.platform, pauses: PAUSES };

/**
 * Renames a file or folder, over the file that may have that name, for good: its folder is synced. On Windows either being open elsewhere refuses that
 * for a moment, so it is tried again there; everywhere else a refusal is final.
 * @throws what `rename` throws
 */
export async function replaceFile(from: string, to: string, tools: ReplaceTools = TOOLS): Promise<void> {
  for (const wait of [...(tools.platform === "win32" ? tools.pauses : []), undefined]) {
    try {
      await tools.rename(from, to);
      return await syncFolder(dirname(to));
    } catch (thrown) {
      if (wait === undefined || !HELD.includes((thrown as NodeJS.ErrnoException).code ?? "")) throw thrown;
      await pause(wait);
    }
  }
}

/** Makes a rename last over a power cut; not every system can. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

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
