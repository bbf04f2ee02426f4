import { z } from "zod";
import type { Fit } from "../../backbone/fit";
import type { BackboneRecipe } from "../../bank/memory-bank";
import type { Kept } from "../../bank/store/kept-frames";
import { backboneSpec, modelsPlace } from "./backbone";
import { actor, type BankState, storedBank } from "./bank";
import { guard, type Replay } from "./guard";
import { path } from "./image";

const version = z.int().positive();
/** Absent: the backbone that the version itself names, if it is to be had here; models by name lie in `models`. */
const backbones = { backbone: backboneSpec.optional(), models: modelsPlace.optional() };

const file = { file: path, within: path.optional() };

export const versionRequests = {
  /** Takes a version into use: frames that come after it are scored with it. */
  useVersion: z.object({ bank: storedBank, version, ...backbones, guard, actor }),
  deleteVersion: z.object({ bank: storedBank, version, pinned: z.array(version).default([]), actor }),
  /**
   * `file`: a path on the engine's machine; `within`: the folder that it must not lead out of, links followed. `frames`: the
   * kept frames, too, so that another machine can build it again.
   */
  exportVersion: z.object({
    bank: storedBank,
    version: version.optional(),
    ...file,
    frames: z.boolean().default(true),
  }),
  /** Keeps another machine's bundle as the newest version, and its frames where the bank has none. */
  importVersion: z.object({
    bank: storedBank,
    ...file,
    /** Take it into use; without a version in use that is done in any case. */
    use: z.boolean().default(false),
    keepVersions: version.default(10),
    pinned: z.array(version).default([]),
    ...backbones,
    guard,
    actor,
  }),
  /** What differs between two versions. */
  compareVersions: z.object({ bank: storedBank, versions: z.tuple([version, version]), ...backbones, guard }),
};

/** What a version needs of the machine that it is used on. */
export interface Needs {
  /** The backbone's name, SHA-256 and resolution, and how frames are brought to whole patches. */
  id: string;
  sha256: string;
  resolution: number;
  fit: Fit;
  /** Absent in banks of earlier versions of this package. */
  recipe?: BackboneRecipe;
  /** In what the backbone it was compared with differs; empty where it fits; absent where there was none. */
  differs?: string[];
  /** One sentence for the user. */
  words: string;
}

/** Frames in an exported file: how many of each kind. */
export type FrameCounts = Record<Kept, number>;

/** Frames that came with an imported version. */
export interface ImportedFrames extends FrameCounts {
  /** Whether they were kept: where the version was taken into use and the bank had no frames of its own. */
  kept: boolean;
  /** One sentence for the user; empty where none came. */
  words: string;
}

export interface Comparison {
  name: string;
  versions: [VersionSummary, VersionSummary];
  /** Settings, backbone, mask: those that differ. */
  settings: { setting: string; values: [string, string] }[];
  /** Kept references and known defects under both; a score is absent where it cannot be told. */
  scores: ComparedFrame[];
  /** Why scores are missing, where they are. */
  words: string;
}

export interface VersionSummary {
  version: number;
  created: string;
  references: number;
  patches: number;
  accepted: number;
  /** Of the leave-one-out scores; absent without calibration. */
  calibration?: { median: number; largest: number; threshold: number };
}

export interface ComparedFrame {
  kind: "reference" | "defect";
  /** Counted from 1. */
  number: number;
  file: string;
  /** A reference that a version was built from is scored against its others. */
  scores: [number | undefined, number | undefined];
  /** Known defects: whether they pass. */
  passes?: [boolean | undefined, boolean | undefined];
}

export interface VersionResponses {
  useVersion: BankState & { before?: number; replay?: Replay };
  deleteVersion: BankState;
  exportVersion: { name: string; version: number; file: string; bytes: number; frames: FrameCounts; needs: Needs };
  importVersion: BankState & { imported: number; needs: Needs; frames: ImportedFrames; replay?: Replay };
  compareVersions: Comparison;
}
