import { randomBytes } from "node:crypto";
import { copyFile, mkdir, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { firstSentence, GoldenSampleError } from "../../errors";
import { replaceFile } from "../../replace-file";

/**
 * Copies a version to a file of its own, which is there whole or not at all.
 * @returns its size in bytes
 * @throws {GoldenSampleError} BAD_REQUEST where it cannot be written
 */
export async function exportVersion(source: string, target: string): Promise<number> {
  const temporary = `${target}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    await mkdir(dirname(target), { recursive: true });
    await copyFile(source, temporary);
    await replaceFile(temporary, target);
    return (await stat(target)).size;
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new GoldenSampleError(
      "BAD_REQUEST",
      `The bank could not be exported to ${target} (${firstSentence(thrown)}): check the folder's rights and free space.`,
      { cause: thrown },
    );
  }
}
