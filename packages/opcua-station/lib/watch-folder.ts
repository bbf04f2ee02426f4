import { readdir } from "node:fs/promises";

/** Milliseconds between two looks. */
const INTERVAL = 1000;

/**
 * Calls `changed` whenever other files lie in a folder than before. By looking, for the system's own watchers are not to
 * be had everywhere: network folders, containers, a machine with many of them.
 * @returns the function that ends it
 */
export function watchFolder(folder: string, changed: () => Promise<unknown>): () => void {
  let before: string | undefined;
  let isLooking = false;
  const timer = setInterval(async () => {
    if (isLooking) return;
    isLooking = true;
    const now = (await readdir(folder).catch(() => [])).sort().join("/");
    if (before !== undefined && now !== before) await changed().catch(() => undefined);
    before = now;
    isLooking = false;
  }, INTERVAL);
  timer.unref();
  return () => clearInterval(timer);
}
