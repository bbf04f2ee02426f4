import { choice, number } from "../shared/config";
import { type InboxOptions, POLICIES } from "../shared/inbox";
import type { NodeConfig } from "../shared/node-red";

/**
 * Frames that may wait. Several cameras that fire at once, or a camera that stutters, fit in; a camera that is faster
 * than the inspection is at most six frames ahead of it.
 */
const SIZE = 4;
/** One is inferred while the next is decoded. */
const PARALLEL = 2;
/** Nobody waits for a certain frame of an archive, so there may be enough of them for batches. */
const PARALLEL_ARCHIVE = 8;

/** @throws {GoldenSampleError} BAD_REQUEST where a setting cannot be used */
export function readInbox(config: NodeConfig): InboxOptions & { deadline: number } {
  const policy = choice(config.policy, POLICIES, "newest", "When frames come too fast");
  return {
    policy,
    size: number(config.inbox, SIZE, "Frames that may wait", { from: 1, to: 1000, whole: true }),
    deadline: number(config.deadline, 0, "Deadline", { from: 0, to: 3_600_000 }),
    parallel: policy === "block" ? PARALLEL_ARCHIVE : PARALLEL,
  };
}
