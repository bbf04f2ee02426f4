import { availableParallelism } from "node:os";
import { controlGroups, type ReadText, readText } from "./control-groups";

/** What the count rests on; tests put in their own. */
export interface ThreadSource {
  read: ReadText;
  /** Cores that the process may be scheduled on. */
  cores: () => number;
}

const SYSTEM: ThreadSource = { read: readText, cores: availableParallelism };

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
function cpuQuota(read: ReadText): number {
  const { version2, version1 } = controlGroups("cpu", read);
  const quotas = [
    ...version2.map((folder) => quotaOf(read(`${folder}/cpu.max`))),
    ...version1.map((folder) => quotaOfVersion1(read, folder)),
  ];
  return Math.min(Number.POSITIVE_INFINITY, ...quotas);
}

/** "MAX PERIOD" in microseconds, MAX a number or "max". */
function quotaOf(text = ""): number {
  const [limit, period] = text.trim().split(/\s+/).map(Number);
  return quota(limit, period);
}

function quotaOfVersion1(read: ReadText, folder: string): number {
  // -1 stands for none.
  return quota(Number(read(`${folder}/cpu.cfs_quota_us`)), Number(read(`${folder}/cpu.cfs_period_us`)));
}

function quota(limit = Number.NaN, period = Number.NaN): number {
  return limit > 0 && period > 0 ? limit / period : Number.POSITIVE_INFINITY;
}
