import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** What Windows says while a virus scanner, an indexer or a reader holds one of the two files open. */
const HELD = ["EPERM", "EACCES", "EBUSY"];
/** Milliseconds before each further try; about three seconds in all. */
const PAUSES = [10, 30, 100, 300, 900, 1800];

export interface ReplaceTools {
  rename: (from: string, to: string) => Promise<void>;
  platform: NodeJS.Platform;
  pauses: readonly number[];
}

const TOOLS: ReplaceTools = { rename, platform: process.platform, pauses: PAUSES };

/**
 * Renames a file or folder, over the file that may have that name, for good: its folder is synced. On Windows either being open elsewhere refuses that
 * for a moment, so it is tried again there; everywhere else a refusal is final.
 * @throws what `rename` throws
 */
export async function replaceFile(from: string, to: string, tools: ReplaceTools = TOOLS): Promise<void> {
  for (const wait of [...(tools.platform === "win32" ? tools.pauses : []), undefined]) {
    try {
      await tools.rename(from, to);
      return await syncFolder(dirname(to));
    } catch (thrown) {
      if (wait === undefined || !HELD.includes((thrown as NodeJS.ErrnoException).code ?? "")) throw thrown;
      await pause(wait);
    }
  }
}

/** Makes a rename last over a power cut; not every system can. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
