/**
 * Where a frame's milliseconds went, to the microsecond. Each of them belongs to one part, so the parts sum to `total`,
 * which is from the call to its answer as the caller saw it.
 */
export interface Timing {
  /** Waiting for other frames' inference and, in a node, for its own turn. */
  queue: number;
  /** Waiting for the backbone or the bank to be loaded; next to nothing but for the first frame. */
  load: number;
  decode: number;
  /** Resizing and normalising. */
  prepare: number;
  /** The backbone's run; of a batch, the whole of it. */
  features: number;
  /** Foreground mask, nearest neighbours and what is made of the distances. */
  match: number;
  /** The overlay. */
  draw: number;
  /** To the engine process and back, and the wait for a process that had to be started again. */
  trip: number;
  total: number;
}

/** What becomes of a frame in the engine, one after the other. */
export type Stage = "queue" | "load" | "decode" | "prepare" | "features" | "match" | "draw";

export type Stages = Record<Stage, number>;

/**
 * Where the time of one frame went. Every moment belongs to exactly one stage, the one that ended next, so the stages
 * always sum to the whole.
 */
export class Stopwatch {
  private readonly stages: Stages = { queue: 0, load: 0, decode: 0, prepare: 0, features: 0, match: 0, draw: 0 };
  private last = performance.now();

  /** What has passed since the last call was this. */
  lap(stage: Stage): void {
    const now = performance.now();
    this.stages[stage] += now - this.last;
    this.last = now;
  }

  /** Milliseconds, to the microsecond. */
  read(): Stages & { total: number } {
    const total = Object.values(this.stages).reduce((sum, value) => sum + value, 0);
    return { ...this.stages, total };
  }
}

/**
 * Adds the trip to what the engine measured of a frame: from the call to its answer, less the engine's own time. Both
 * are measured by the clock of the process they happen in, so the two clocks need not agree.
 * @param result of any method; those without a timing stay as they are
 * @param total milliseconds from the call to its answer
 */
export function addTrip<T>(result: T, total: number): T {
  const { timing } = result as { timing?: Timing };
  if (!timing) return result;
  return { ...result, timing: { ...timing, trip: total - timing.total, total } satisfies Timing };
}

/** Adds what a frame waited before the call, and after it for frames that had come earlier. */
export function addWait(timing: Timing, waited: number): Timing {
  return { ...timing, queue: timing.queue + waited, total: timing.total + waited };
}
