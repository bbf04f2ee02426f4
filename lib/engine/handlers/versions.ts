import { readBundleMetadata } from "../../bank/file/bundle";
import { noFrames, packFrames } from "../../bank/store/carried-frames";
import { exportVersion as exportFile } from "../../bank/store/export-version";
import { realPathWithin } from "../../confined-path";
import type { Request } from "../api";
import type { EngineContext, Handlers } from "../handling";
import { needsOf } from "../loaded/backbone-recipe";
import { storeOf } from "../loaded/banks";
import { stateOf } from "./bank";

/** Versions of banks: away, and out to a file. */
export function versionHandlers({ banks }: EngineContext): Handlers<"deleteVersion" | "exportVersion"> {
  return {
    async deleteVersion({ bank, version, pinned, actor }: Request<"deleteVersion">) {
      return banks.change(bank, async (store) => {
        await store.delete(version, pinned, actor);
        return stateOf(store);
      });
    },

    async exportVersion({ bank, version, file: asked, within, frames: wanted }: Request<"exportVersion">) {
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
  };
}
