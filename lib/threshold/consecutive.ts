/** Raises an anomaly only after so many frames in a row were over the threshold, so that one bad frame stops no line. */
export class ConsecutiveFrames {
  private count = 0;

  /** @param needed frames in a row, >= 1 */
  constructor(private readonly needed: number) {}

  /** @returns whether the anomaly is raised with this frame */
  next(over: boolean): boolean {
    this.count = over ? this.count + 1 : 0;
    return this.count >= this.needed;
  }

  /** Frames over the threshold in a row so far. */
  get run(): number {
    return this.count;
  }
}
