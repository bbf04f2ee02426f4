import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** What files are written as before they get their name; see `writeBundle`. */
const TEMPORARY = /\.[0-9a-f]{8}\.tmp$/;
/** Milliseconds: another process may be writing a younger one just now. */
const ABANDONED = 60_000;

/** Takes away what a process left that ended in the middle of writing into `folder`. */
export async function sweepTemporary(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [] as string[]);
  for (const name of names.filter((file) => TEMPORARY.test(file))) {
    const path = join(folder, name);
    const facts = await stat(path).catch(() => undefined);
    if (facts && Date.now() - facts.mtimeMs > ABANDONED) await rm(path, { force: true });
  }
}
