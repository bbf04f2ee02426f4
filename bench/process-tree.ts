import { readdirSync, readFileSync } from "node:fs";

/** A process' children, as /proc tells. @throws Error where there is no /proc, or no such process any more */
export function childrenOf(pid: number | "self"): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    const list = readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim();
    return list === "" ? [] : list.split(" ").map(Number);
  });
}

/** Megabytes of resident memory that a process and all below it have taken at most, each at its own time; NaN without /proc. */
export function treePeakMegabytes(pid: number): number {
  try {
    const own = Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
    return childrenOf(pid)
      .map(treePeakMegabytes)
      .reduce((sum, one) => sum + (one || 0), own);
  } catch {
    return Number.NaN;
  }
}
