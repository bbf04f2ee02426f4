import { readdir } from "node:fs/promises";
import { z } from "zod";
import { readBundleMetadata } from "../../bank/file/bundle";
import type { AuditEntry } from "../../bank/store/audit";
import { deleteBank, renameBank } from "../../bank/store/retire";
import type { Step } from "../../bank/store/state-file";
import type { BankStore } from "../../bank/store/store";
import type { StoreState } from "../../bank/store/version-facts";
import { briefOf, type Finds, findsOf } from "../../made-defects/finds";
import { defaultThreshold } from "../../threshold/default-threshold";
import { storeOf } from "../loaded/banks";
import { request } from "./request";
import { actor, BANK_NAME, path, storedBank } from "./schemas";

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
