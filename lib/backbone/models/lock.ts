import { randomBytes } from "node:crypto";
import { link, open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";

export interface LockTimes {
  /** Milliseconds between two signs of life of the holder. */
  heartbeat: number;
  /** Without a sign of life for so long the holder counts as gone. */
  stale: number;
}

export const LOCK_TIMES: LockTimes = { heartbeat: 1000, stale: 30_000 };

interface Held {
  text: string;
  mtimeMs: number;
}

/**
 * Does `work` while holding a lock file; whoever else wants it waits, in this process or another. The file survives a
 * crash of its holder and is then taken over: at once (two heartbeats) where the holder was a process of this machine
 * that is gone, else when its time has stood still for `stale`. Its time is only compared with itself, so that
 * machines on one network folder need not agree on the clock.
 * @param waiting called about four times a second while another one holds the lock
 */
export async function withLock<T>(
  file: string,
  { signal, waiting, times = LOCK_TIMES }: { signal: AbortSignal; waiting?: () => Promise<void>; times?: LockTimes },
  work: () => Promise<T>,
): Promise<T> {
  const own = JSON.stringify({ pid: process.pid, host: hostname(), token: randomBytes(8).toString("hex") });
  let seen: Held | undefined;
  let since = performance.now();
  while (!(await take(file, own))) {
    const now = await read(file);
    if (now?.text !== seen?.text || now?.mtimeMs !== seen?.mtimeMs) {
      seen = now;
      since = performance.now();
    }
    const patience = now && isDeadHere(now.text) ? Math.min(times.stale, 2 * times.heartbeat) : times.stale;
    if (now && performance.now() - since >= patience) await takeAway(file, now.text);
    await waiting?.();
    await pause(Math.min(250, times.heartbeat), undefined, { signal });
  }
  const beat = setInterval(() => void sign(file, own), times.heartbeat);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    if ((await read(file))?.text === own) await rm(file, { force: true });
  }
}

/** Whether somebody holds the lock, as far as can be told without waiting. */
export async function isLocked(file: string): Promise<boolean> {
  const held = await read(file);
  return held !== undefined && !isDeadHere(held.text);
}

async function take(file: string, own: string): Promise<boolean> {
  const handle = await open(file, "wx").catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === "EEXIST") return undefined;
    throw thrown;
  });
  if (!handle) return false;
  try {
    await handle.writeFile(own);
    return true;
  } catch (thrown) {
    // On a full disk the file is made all the same, and would lock everybody out.
    await rm(file, { force: true });
    throw thrown;
  } finally {
    await handle.close();
  }
}

/** Two may find a lock stale at once: the slower one would take away the quicker one's new lock, and puts it back. */
async function takeAway(file: string, stale: string): Promise<void> {
  const aside = `${file}.${randomBytes(4).toString("hex")}`;
  try {
    await rename(file, aside);
    if ((await readFile(aside, "utf8")) !== stale) await link(aside, file);
  } catch {
    // Somebody else was quicker.
  } finally {
    await rm(aside, { force: true });
  }
}

async function sign(file: string, own: string): Promise<void> {
  const now = new Date();
  try {
    if ((await readFile(file, "utf8")) === own) await utimes(file, now, now);
  } catch {
    // The folder was removed under us; the work will say so.
  }
}

async function read(file: string): Promise<Held | undefined> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(file, "utf8"), stat(file)]);
    return { text, mtimeMs };
  } catch {
    return undefined;
  }
}

function isDeadHere(text: string): boolean {
  try {
    const { pid, host } = JSON.parse(text) as { pid: number; host: string };
    if (host !== hostname()) return false;
    process.kill(pid, 0);
    return false;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "ESRCH";
  }
}
