import { readdirSync, readFileSync } from "node:fs";

/** This process' children and their resident memory, as /proc tells; none where there is no /proc. */
export function childProcesses(): { children: number; childrenMegabytes: number } {
  try {
    const children = readdirSync("/proc/self/task").flatMap((thread) => {
      const list = readFileSync(`/proc/self/task/${thread}/children`, "utf8").trim();
      return list === "" ? [] : list.split(" ");
    });
    const kilobytes = children.map((pid) =>
      Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]),
    );
    return { children: children.length, childrenMegabytes: kilobytes.reduce((sum, one) => sum + one, 0) / 1024 };
  } catch {
    return { children: Number.NaN, childrenMegabytes: Number.NaN };
  }
}
