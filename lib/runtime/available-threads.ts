import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** What the count rests on; tests put in their own. */
export interface ThreadSource {
  /** A file's text, or undefined where there is none. */
  read: (path: string) => string | undefined;
  /** Cores that the process may be scheduled on. */
  cores: () => number;
}

const SYSTEM: ThreadSource = {
  read(path) {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return undefined;
    }
  },
  cores: availableParallelism,
};

/**
 * Threads that this process can keep busy: the cores it may run on, and no more than its control group's CPU quota
 * (version 2 and 1, and those above it). More threads than quota only make the kernel stop all of them at once, for
 * up to a tenth of a second; Node.js itself counts quotas from version 22 on only.
 * @returns at least 1; half a core counts as a whole one
 */
export function availableThreads(source: ThreadSource = SYSTEM): number {
  return Math.max(1, Math.min(source.cores(), Math.round(cpuQuota(source.read))));
}

/** @returns cores, as a fraction; infinite where nothing is set */
function cpuQuota(read: ThreadSource["read"]): number {
  const groups = (read("/proc/self/cgroup") ?? "").split("\n").map((line) => line.split(":"));
  const quotas = groups.flatMap(([, controllers = "", ...path]) => {
    const ancestors = ancestorsOf(path.join(":"));
    if (controllers === "") return ancestors.map((group) => version2(read(`/sys/fs/cgroup${group}/cpu.max`)));
    if (!controllers.split(",").includes("cpu")) return [];
    return ancestors.map((group) => version1(read, `/sys/fs/cgroup/${controllers}${group}`));
  });
  return Math.min(Number.POSITIVE_INFINITY, ...quotas);
}

/** In a container the path is often the host's, which is not there: its root then is the container's own group. */
function ancestorsOf(path: string): string[] {
  const names = path.split("/").filter((name) => name !== "" && name !== "..");
  return names.map((_, i) => `/${names.slice(0, i + 1).join("/")}`).concat("");
}

/** "MAX PERIOD" in microseconds, MAX a number or "max". */
function version2(text = ""): number {
  const [limit, period] = text.trim().split(/\s+/).map(Number);
  return quota(limit, period);
}

function version1(read: ThreadSource["read"], folder: string): number {
  // -1 stands for none.
  return quota(Number(read(`${folder}/cpu.cfs_quota_us`)), Number(read(`${folder}/cpu.cfs_period_us`)));
}

function quota(limit = Number.NaN, period = Number.NaN): number {
  return limit > 0 && period > 0 ? limit / period : Number.POSITIVE_INFINITY;
}
