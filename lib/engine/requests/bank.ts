import { readdir } from "node:fs/promises";
import { z } from "zod";
import { readBundleMetadata } from "../../bank/file/bundle";
import type { AuditEntry } from "../../bank/store/audit";
import { noFrames, packFrames } from "../../bank/store/bundled-frames";
import { exportVersion as exportFile } from "../../bank/store/export-version";
import { deleteBank, renameBank } from "../../bank/store/retire";
import type { Step } from "../../bank/store/state-file";
import type { BankStore } from "../../bank/store/store";
import type { FrameKind } from "../../bank/store/stored-frames";
import type { StoreState } from "../../bank/store/version-facts";
import { realPathWithin } from "../../confined-path";
import { briefOf, type Finds, findsOf } from "../../made-defects/finds";
import type { Sentence } from "../../sentence";
import { defaultThreshold } from "../../threshold/default-threshold";
import { type Needs, needsOf } from "../loaded/bank-backbone";
import { storeOf } from "../loaded/banks";
import { handedOn, request } from "./request";
import { actor, BANK_NAME, backboneSpec, guard, modelsPlace, path, type Replay, storedBank } from "./schemas";

export interface BankState extends StoreState {
  name: string;
  /** What the default threshold of the version in use finds of its made defects, once they were made. */
  finds?: Finds;
}

/** Banks on disk: what they hold, what was done to them, and taking it back. */
export const bankRequests = {
  bankState: request({
    schema: z.object({ bank: storedBank }),
    isShort: true,
    answer: ({ bank }): Promise<BankState> => stateOf(storeOf(bank)),
  }),

  /** Banks of a directory that have versions or frames, by name. */
  bankNames: request({
    schema: z.object({ directory: path }),
    isShort: true,
    async answer({ directory }): Promise<{ names: string[] }> {
      const names = (await readdir(directory).catch(() => [] as string[]))
        .filter((name) => BANK_NAME.test(name))
        .sort();
      const states = await Promise.all(names.map((name) => stateOf(storeOf({ directory, name }))));
      const holds = ({ versions, references }: BankState) => versions.length > 0 || references > 0;
      return { names: states.filter(holds).map(({ name }) => name) };
    },
  }),

  /** Takes back the last step: add, clear, leave-out, build, ok, defect, use or import. */
  undo: request({
    schema: z.object({ bank: storedBank, actor }),
    isShort: true,
    isOnce: true,
    async answer({ bank, actor }, { banks }): Promise<BankState & { undone: Step["kind"] | "nothing" }> {
      return banks.change(bank, async (store) => {
        const undone = await store.undo(actor);
        return { ...(await stateOf(store)), undone };
      });
    },
  }),

  /** Sets frames aside, with the references the accepted ones, too; versions already built stay. */
  clear: request({
    schema: z.object({
      bank: storedBank,
      what: z.enum(["references", "accepted", "defects"]).default("references"),
      actor,
    }),
    isShort: true,
    async answer({ bank, what, actor }, { banks }): Promise<BankState> {
      return banks.change(bank, async (store) => {
        await store.clear(what, actor);
        return stateOf(store);
      });
    },
  }),

  /** Moves a bank to another name, with all that is kept of it. */
  renameBank: request({
    schema: z.object({ bank: storedBank, to: storedBank.shape.name, actor }),
    async answer({ bank, to, actor }, { banks }): Promise<BankState> {
      // Behind a build of it, whose version would come into the old place; the new one is nobody's meanwhile.
      return banks.building(bank, () =>
        banks.change(bank, async (store) => {
          const renamed = storeOf({ directory: bank.directory, name: to });
          await renameBank(store, renamed, actor);
          return stateOf(renamed);
        }),
      );
    },
  }),

  /** Deletes a bank for good. `used`: nodes are set to it; a note stays in its place, so that none learns anew by itself. */
  deleteBank: request({
    schema: z.object({ bank: storedBank, used: z.boolean(), actor }),
    async answer({ bank, used, actor }, { banks }): Promise<{ name: string }> {
      await banks.building(bank, () => banks.change(bank, (store) => deleteBank(store, used, actor)));
      return { name: bank.name };
    },
  }),

  /** What was done to the bank, newest last. */
  auditLog: request({
    schema: z.object({ bank: storedBank, limit: z.int().min(1).max(10_000).default(100) }),
    isShort: true,
    async answer({ bank, limit }): Promise<{ name: string; entries: AuditEntry[] }> {
      return { name: bank.name, entries: await storeOf(bank).audit.read(limit) };
    },
  }),
};

export async function stateOf(store: BankStore): Promise<BankState> {
  const state = await store.state();
  const finds = state.version === undefined ? undefined : await findsIn(store.versionFile(state.version));
  return { name: store.name, ...state, ...(finds && { finds }) };
}

async function findsIn(file: string): Promise<Finds | undefined> {
  const metadata = await readBundleMetadata(file).catch(() => undefined);
  if (!metadata?.madeDefects || metadata.calibration.length < 2) return undefined;
  const { calibration, commissioning, madeDefects } = metadata;
  return findsOf(briefOf(madeDefects), defaultThreshold(calibration, false, commissioning?.scores).threshold);
}

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
