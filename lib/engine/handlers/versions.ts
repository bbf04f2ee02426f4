import { readBundle, readBundleMetadata } from "../../bank/file/bundle";
import type { BankMetadata } from "../../bank/memory-bank";
import { exportVersion as exportFile } from "../../bank/store/export-version";
import type { BankStore } from "../../bank/store/store";
import type { Replay, Request, VersionResponses } from "../api";
import { needsOf, specFromRecipe } from "../building/backbone-recipe";
import { compareVersions } from "../building/compare";
import { replayDefects } from "../building/replay";
import type { Handlers, Handling, Workshop } from "../handling";
import { mustMatch, storeOf } from "../loaded/banks";
import { stateOf } from "./bank";

type Wish = Pick<Request<"useVersion">, "backbone" | "models" | "guard">;

/** Versions of banks: into use, away, out to a file and in from one, and what differs between two. */
export function versionHandlers(workshop: Workshop): Handlers<keyof VersionResponses> {
  const { backbones, banks } = workshop;
  return {
    async useVersion({ bank, version, actor, ...wish }: Request<"useVersion">, { signal }: Handling) {
      return banks.change(bank, async (store) => {
        const { version: before } = await store.state();
        const replay = await tryOut(store, store.versionFile(await store.resolve(version)), wish, signal);
        await store.use(version, actor);
        return { ...(await stateOf(store)), ...(before !== undefined && { before }), ...(replay && { replay }) };
      });
    },

    async deleteVersion({ bank, version, pinned, actor }: Request<"deleteVersion">) {
      return banks.change(bank, async (store) => {
        await store.delete(version, pinned, actor);
        return stateOf(store);
      });
    },

    async exportVersion({ bank, version, file }: Request<"exportVersion">) {
      const store = storeOf(bank);
      const found = await store.resolve(version);
      const metadata = await readBundleMetadata(store.versionFile(found));
      const bytes = await exportFile(store.versionFile(found), file);
      return { name: bank.name, version: found, file, bytes, needs: needsOf(metadata, undefined) };
    },

    async importVersion(request: Request<"importVersion">, { signal }: Handling) {
      // All of it is checked before anything is touched.
      const bank = await readBundle(request.file);
      const { name, version } = bank.metadata;
      const given = request.backbone && (await backbones.get(request.backbone));
      const needs = needsOf(bank.metadata, given?.info);
      return banks.change(request.bank, async (store) => {
        const { version: parent } = await store.state();
        const use = request.use || parent === undefined;
        let replay: Replay | undefined;
        const trial = async (file: string) => {
          if (use) replay = await tryOut(store, file, request, signal);
        };
        const { by, message } = request.actor;
        bank.metadata.origin = {
          kind: "import",
          ...(parent !== undefined && { parent }),
          by,
          ...(message !== undefined && { message }),
          imported: { name, version },
        };
        const note = `version ${version} of "${name}" imported`;
        const imported = await store.save(bank, "import", { ...request, activate: use, note, trial });
        return { ...(await stateOf(store)), imported, needs, ...(replay && { replay }) };
      });
    },

    async compareVersions({ bank, versions: [a, b], guard, ...wish }: Request<"compareVersions">) {
      const store = storeOf(bank);
      const versions = [await store.resolve(a), await store.resolve(b)] as const;
      const backboneOf = (metadata: BankMetadata) => backboneFor(metadata, wish);
      return compareVersions(workshop, { store, versions, guard, backboneOf });
    },
  };

  /**
   * Opens a version before it is taken into use: a damaged one never is, and no frame waits for it to be read.
   * @throws {GoldenSampleError} also where it does not fit the backbone it is to be used with
   */
  async function tryOut(store: BankStore, file: string, wish: Wish, signal: AbortSignal): Promise<Replay | undefined> {
    const ready = await banks.open({ file });
    const { metadata } = ready.bank;
    const replayed = wish.guard.mode !== "off" && (await store.defects.list()).length > 0;
    if (!wish.backbone && !replayed) return undefined;
    const backbone = await backboneFor(metadata, wish);
    return replayDefects(workshop, { store, backbone, guard: wish.guard, signal }, ready);
  }

  async function backboneFor(metadata: BankMetadata, { backbone: spec, models }: Omit<Wish, "guard">) {
    const backbone = await backbones.get(spec ?? specFromRecipe(metadata, models));
    mustMatch(metadata, backbone.info);
    return backbone;
  }
}
