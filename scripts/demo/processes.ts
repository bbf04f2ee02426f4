import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Whether a process is there; one that ended and was not yet waited for is not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const status = `/proc/${pid}/status`;
  return !existsSync(status) || !/^State:\s+Z/m.test(readFileSync(status, "utf8"));
}

/** Resident memory in bytes; Linux only. */
export function residentMemory(pid: number): number {
  const [, kilobytes = ""] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

/** Processes that this one has started and that are still there; Linux only. */
export function childrenOf(parent: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === parent)
    .map(Number);
}

function parentOf(pid: string): number | undefined {
  try {
    // The name in brackets may contain anything; state and parent come after it.
    const [state, ppid] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
    return state === "Z" ? undefined : Number(ppid);
  } catch {
    // Ended meanwhile.
    return undefined;
  }
}
