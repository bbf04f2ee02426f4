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
