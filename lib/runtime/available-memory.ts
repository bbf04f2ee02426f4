import { totalmem } from "node:os";
import { controlGroups, type ReadText, readText } from "./control-groups";

/** What the figure rests on; tests put in their own. */
export interface MemorySource {
  read: ReadText;
  /** Bytes of the machine. */
  total: () => number;
}

const SYSTEM: MemorySource = { read: readText, total: totalmem };

/**
 * Bytes of memory that this process may take before the system ends it: the machine's, and no more than its control
 * group's limit (version 2 and 1, and those above it), as containers and services have one.
 */
export function availableMemory({ read, total }: MemorySource = SYSTEM): number {
  const { version2, version1 } = controlGroups("memory", read);
  const limits = [
    ...version2.map((folder) => read(`${folder}/memory.max`)),
    ...version1.map((folder) => read(`${folder}/memory.limit_in_bytes`)),
  ];
  // "max" is none, and so is version 1's largest number, which is more than any machine has.
  const bytes = limits.map((text) => Number(text?.trim() || Number.NaN)).filter((value) => value > 0);
  return Math.min(total(), ...bytes);
}
