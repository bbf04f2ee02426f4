import { readBundle, readBundleMetadata, writeBundle } from "../file/bundle";
import type { Commissioning, LapsedCommissioning } from "../memory-bank";

/** Writes into a version's file what it was commissioned with, and leaves all else as it is. @param found absent: nothing */
export async function setCommissioning(file: string, found: Commissioning | undefined): Promise<void> {
  const bank = await readBundle(file);
  if (found) bank.metadata.commissioning = found;
  else delete bank.metadata.commissioning;
  await writeBundle(file, bank);
}

/**
 * What a new version has to say of the commissioning that ends with the one before it: its scores are others.
 * @param file of the version before; one that cannot be read had none
 */
export async function lapsedAfter(file: string, version: number): Promise<LapsedCommissioning | undefined> {
  const before = await readBundleMetadata(file).catch(() => undefined);
  if (!before?.commissioning) return before?.lapsedCommissioning;
  return { version, parts: before.commissioning.scores.length };
}
