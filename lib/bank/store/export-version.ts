import { chmod, copyFile, mkdir, open, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { firstSentence, GoldenSampleError } from "../../errors";
import { sentence } from "../../sentence";
import { replaceFile, temporaryBeside } from "../../write-whole";
import { namesFolders, writeBundleWith } from "../file/bundle";
import type { StoredTensor } from "../file/safetensors";

/**
 * Copies a version to a file of its own, which is there whole or not at all, names no folder of this machine, and is
 * this user's alone.
 * @param more what else is to be in it; see `packFrames`
 * @returns its size in bytes
 * @throws {GoldenSampleError} BAD_REQUEST where it cannot be written, BAD_BANK where the version is damaged
 */
export async function exportVersion(
  source: string,
  target: string,
  more: ReadonlyMap<string, StoredTensor> = new Map(),
): Promise<number> {
  const temporary = temporaryBeside(target);
  try {
    await mkdir(dirname(target), { recursive: true });
    if (more.size > 0 || (await namesFolders(source))) await writeBundleWith(source, temporary, more);
    else await copyFile(source, temporary);
    // A copy has the rights that the version has, which an earlier one of this package made.
    await chmod(temporary, 0o600);
    const file = await open(temporary, "r+");
    await file.sync().finally(() => file.close());
    await replaceFile(temporary, target);
    return (await stat(target)).size;
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined);
    if (thrown instanceof GoldenSampleError) throw thrown;
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[exportFailed] The bank could not be exported to ${{ file: target }} (${{ why: firstSentence(thrown) }}): check the folder's rights and free space.`,
      { cause: thrown },
    );
  }
}
