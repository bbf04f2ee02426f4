import { isReserved } from "./ids";
import type { StationMemory } from "./memory";

/**
 * Whether a PLC may be told of a state while the disk has an earlier one: a start from there would give no number twice,
 * answer every inspection that was accepted, and have none acknowledged again. Which verdict an inspection had need not be on
 * the disk, for after a start none of them lets a part pass.
 */
export function covers(disk: StationMemory, now: StationMemory): boolean {
  return isReserved(now.nextId, disk.nextId) && openIds(disk) === openIds(now) && (!now.shown || maySeemShown(disk));
}

/** Whether after a start the first inspection counts as shown: an acknowledgement that is seen then can only be its own. */
export function maySeemShown({ jobs, results, shown, resultAck }: StationMemory): boolean {
  return jobs.length + results.length > 0 && (shown || !resultAck);
}

function openIds({ results, jobs }: StationMemory): string {
  return [...results, ...jobs].map(({ id }) => id).join();
}
