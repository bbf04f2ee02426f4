import { randomBytes } from "node:crypto";
import { mkdir, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { firstSentence, GoldenSampleError } from "../../errors";
import { replaceFile } from "../../replace-file";

/**
 * Writes a file under a temporary name, syncs and renames it: a crash, or a full disk, leaves the old file or the new
 * one. The folder is made where it is missing. Both are for this user alone: photos of a product are in them.
 * @param what it is, as an error is to call it
 * @throws {GoldenSampleError} BAD_BANK
 */
export async function writeWhole(path: string, parts: readonly Buffer[], what: string): Promise<void> {
  try {
    await write(path, parts);
  } catch (thrown) {
    throw new GoldenSampleError(
      "BAD_BANK",
      `${what} could not be written to ${path} (${firstSentence(thrown)}): check the folder's rights and free space.`,
      { cause: thrown },
    );
  }
}

async function write(path: string, parts: readonly Buffer[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    const file = await open(temporary, "wx", 0o600);
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
