import { randomBytes } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Step } from "./state-file";

const NAME = /^cleared-(\d+)-[0-9a-f]+$/;
/** Milliseconds that frames set aside are kept at least, whatever happens: somebody may want them back by hand. */
const KEPT = 30 * 86_400_000;

/** A name for a folder that frames are set aside in; it says when. */
export const undoFolderName = () => `cleared-${Date.now()}-${randomBytes(2).toString("hex")}`;

/**
 * Takes away folders of frames that were set aside more than 30 days ago, and that no step can bring back any more.
 * @param journal the steps that can still be taken back
 */
export async function sweepUndoFolders(root: string, journal: readonly Step[], now = Date.now()): Promise<void> {
  const names = await readdir(root).catch(() => [] as string[]);
  const wanted = new Set(
    journal.flatMap((step) => {
      if (step.kind === "clear") return [step.folder, step.accepted, step.defects];
      return step.kind === "leave-out" ? [step.folder] : [];
    }),
  );
  for (const name of names) {
    const set = Number(NAME.exec(name)?.[1] ?? Number.NaN);
    // What cannot be taken away now (a file open on Windows) is next time.
    if (now - set > KEPT && !wanted.has(name))
      await rm(join(root, name), { recursive: true, force: true }).catch(() => undefined);
  }
}
