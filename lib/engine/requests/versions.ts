import { z } from "zod";
import { readBundleMetadata } from "../../bank/file/bundle";
import { noFrames, packFrames } from "../../bank/store/bundled-frames";
import { exportVersion as exportFile } from "../../bank/store/export-version";
import type { FrameKind } from "../../bank/store/stored-frames";
import { realPathWithin } from "../../confined-path";
import type { Sentence } from "../../sentence";
import { type Needs, needsOf } from "../loaded/bank-backbone";
import { storeOf } from "../loaded/banks";
import { type BankState, stateOf } from "./bank";
import { handedOn, request } from "./request";
import { actor, backboneSpec, guard, modelsPlace, path, type Replay, storedBank } from "./schemas";

/** Frames in an exported file: how many of each kind. */
export type FrameCounts = Record<FrameKind, number>;

/** Frames that came with an imported version. */
export interface ImportedFrames extends FrameCounts {
  /** Whether they were kept: where the version was taken into use and the bank had no frames of its own. */
  kept: boolean;
  /** One sentence for the user; empty where none came. */
  words: string;
  /** What other languages make the words from. */
  sentence?: Sentence;
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
  /** What other languages make the words from. */
  sentence?: Sentence;
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

const version = z.int().positive();
/** Absent: the backbone that the version itself names, if it is to be had here; models by name lie in `models`. */
const backbones = { backbone: backboneSpec.optional(), models: modelsPlace.optional() };
/** `file`: a path on the engine's machine; `within`: the folder that it must not lead out of, links followed. */
const file = { file: path, within: path.optional() };

/** Versions of banks: into use, away, out to a file and in from one, and what differs between two. */
export const versionRequests = {
  /** Takes a version into use: frames that come after it are scored with it. */
  useVersion: request({
    schema: z.object({ bank: storedBank, version, ...backbones, guard, actor }),
    process: "trainer",
    answer: handedOn<BankState & { before?: number; replay?: Replay }>("useVersion"),
  }),

  deleteVersion: request({
    schema: z.object({ bank: storedBank, version, pinned: z.array(version).default([]), actor }),
    isShort: true,
    async answer({ bank, version, pinned, actor }, { banks }): Promise<BankState> {
      return banks.change(bank, async (store) => {
        await store.delete(version, pinned, actor);
        return stateOf(store);
      });
    },
  }),

  /** `frames`: the kept frames, too, so that another machine can build it again. */
  exportVersion: request({
    schema: z.object({
      bank: storedBank,
      version: version.optional(),
      ...file,
      frames: z.boolean().default(true),
    }),
    isShort: true,
    async answer({ bank, version, file: asked, within, frames: wanted }): Promise<{
      name: string;
      version: number;
      file: string;
      bytes: number;
      frames: FrameCounts;
      needs: Needs;
    }> {
      // Without the bank's lock: nothing is changed, and a folder that is only read may not be writable.
      const store = storeOf(bank);
      const found = await store.resolve(version);
      const source = store.versionFile(found);
      const needs = needsOf(await readBundleMetadata(source), undefined);
      const file = within === undefined ? asked : await realPathWithin(within, asked, "write", "BAD_REQUEST");
      const { tensors, counts: frames } = wanted ? await packFrames(store) : noFrames();
      const bytes = await exportFile(source, file, tensors);
      return { name: bank.name, version: found, file, bytes, frames, needs };
    },
  }),

  /** Keeps another machine's bundle as the newest version, and its frames where the bank has none. */
  importVersion: request({
    schema: z.object({
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
    process: "trainer",
    answer: handedOn<BankState & { imported: number; needs: Needs; frames: ImportedFrames; replay?: Replay }>(
      "importVersion",
    ),
  }),

  /** What differs between two versions. */
  compareVersions: request({
    schema: z.object({ bank: storedBank, versions: z.tuple([version, version]), ...backbones, guard }),
    process: "trainer",
    answer: handedOn<Comparison>("compareVersions"),
  }),
};
