import { basename } from "node:path";
import { readBundle } from "../../bank/file/bundle";
import { makeReady, type ReadyBank } from "../../bank/ready-bank";
import type { Indexer } from "../../bank/search";
import { missingThreshold } from "../../threshold/missing-parts";

/** A bank in memory, with what each frame would find out of it anew. */
export interface LoadedBank extends ReadyBank {
  /** The score from which something is missing; absent where that cannot be told. */
  readonly missingThreshold?: number;
}

/** @throws {GoldenSampleError} BAD_BANK where the file is no bank */
export async function loadBank(file: string, indexer: Indexer): Promise<LoadedBank> {
  const bank = await readBundle(file);
  const { missing, name } = bank.metadata;
  const ready = await makeReady({ ...bank, metadata: { ...bank.metadata, name: name || basename(file) } }, indexer);
  return { ...ready, ...(missing && { missingThreshold: missingThreshold(missing) }) };
}
