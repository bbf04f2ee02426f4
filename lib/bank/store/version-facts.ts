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
