import type { ScoreResult, Timing } from "../api";

/**
 * Adds the trip to what the engine measured of a frame: from the call to its answer, less the engine's own time. Both
 * are measured by the clock of the process they happen in, so the two clocks need not agree.
 * @param result of any method; those without a timing stay as they are
 * @param total milliseconds from the call to its answer
 */
export function addTrip<T>(result: T, total: number): T {
  const { timing } = result as Partial<Pick<ScoreResult, "timing">>;
  if (!timing) return result;
  return { ...result, timing: { ...timing, trip: total - timing.total, total } satisfies Timing };
}

/** Adds what a frame waited before the call, and after it for frames that had come earlier. */
export function addWait(timing: Timing, waited: number): Timing {
  return { ...timing, queue: timing.queue + waited, total: timing.total + waited };
}
