import { readFileSync } from "node:fs";
import { childrenOf } from "../process-tree";

/** This process' children and their resident memory, as /proc tells; none where there is no /proc. */
export function childProcesses(): { children: number; childrenMegabytes: number } {
  try {
    const children = childrenOf("self");
    const kilobytes = children.map((pid) =>
      Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]),
    );
    return { children: children.length, childrenMegabytes: kilobytes.reduce((sum, one) => sum + one, 0) / 1024 };
  } catch {
    return { children: Number.NaN, childrenMegabytes: Number.NaN };
  }
}
