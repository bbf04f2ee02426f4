/** Counts of the encoder from one part to the next. */
const PITCH = 100;

/** An indexed belt with an absolute encoder: told to move, it carries every part one place on and stops by itself. */
export class Belt {
  private target = 0;
  private started = Number.NEGATIVE_INFINITY;

  /**
   * @param travel milliseconds from one place to the next
   * @param interval milliseconds from one start to the next at least
   */
  constructor(
    private readonly travel: number,
    private readonly interval: number,
  ) {}

  move(now: number): void {
    if (!this.inPosition(now)) return;
    this.started = Math.max(now, this.started + this.interval);
    this.target += PITCH;
  }

  encoder(now: number): number {
    const done = Math.min(1, Math.max(0, (now - this.started) / this.travel));
    return Math.round(this.target - PITCH * (1 - done));
  }

  inPosition(now: number): boolean {
    return now - this.started >= this.travel;
  }

  /** The part that is nearest to the camera. */
  part(now: number): number {
    return Math.round(this.encoder(now) / PITCH);
  }
}
