import { readdir } from "node:fs/promises";
import { FILE_NAME } from "../../confined-path";
import { ifAbsent } from "../../if-absent";
import type { BankMetadata, Origin, ReferenceFindings } from "../memory-bank";

/** A version as lists show it. */
export interface VersionFacts {
  version: number;
  created: string;
  references: number;
  patches: number;
  backbone: string;
  resolution: number;
  /** Frames of which patches were accepted. */
  accepted: number;
  /** Of the file. */
  bytes: number;
  origin?: Origin;
  findings?: ReferenceFindings;
}

export interface StoreState {
  /** The version in use; absent before the first build. */
  version?: number;
  /** The version that was in use and whose file is gone; `version` is then the newest whole one, where there is one. */
  missing?: number;
  versions: VersionFacts[];
  /** References kept for the next build. */
  references: number;
  /** Frames whose accepted patches the next build takes in, too. */
  accepted: number;
  /** Known defects that every change is tried on. */
  defects: number;
  /** The references were cleared and no version has been built since: the bank is being learned anew. */
  cleared: boolean;
}

export function versionFacts(
  version: number,
  { created, references, patches, backbone, accepted, origin, findings }: BankMetadata & { patches: number },
  bytes: number,
): VersionFacts {
  const { id, resolution } = backbone;
  return {
    version,
    created,
    references,
    patches,
    backbone: id,
    resolution,
    accepted: accepted.length,
    bytes,
    ...(origin && { origin }),
    ...(findings && { findings }),
  };
}

/** Banks that an error names. */
const LISTED = 20;

/** The versions in a bank's folder, oldest first; none where there is no folder. */
export async function versionsIn(root: string): Promise<number[]> {
  const names = await readdir(root).catch(ifAbsent<string[]>([]));
  const numbers = names.flatMap((name) => /^(\d+)\.safetensors$/.exec(name)?.[1] ?? []).map(Number);
  return numbers.sort((a, b) => a - b);
}

/** Names of the banks in a directory, the first of them. */
export async function banksIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory() && FILE_NAME.test(entry.name)).map(({ name }) => name);
  return names.sort().slice(0, LISTED);
}
