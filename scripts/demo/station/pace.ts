/** Results in a row after which a line has recovered from what went wrong. */
const RECOVERED = 5;

/** How fast parts have their results while nothing is wrong: what faults and recoveries take is left out, nothing else. */
export class Pace {
  private until = Number.NEGATIVE_INFINITY;
  private inRow = 0;
  private last: { part: number; now: number } | undefined;
  private parts = 0;
  /** Of the stretches in which nothing was wrong. */
  milliseconds = 0;

  /** @param until when what goes wrong is over; the line has still to recover from it then */
  disturb(until: number): void {
    this.until = Math.max(this.until, until);
    this.inRow = 0;
  }

  /** The PLC has the result of a part. */
  read(part: number, now: number): void {
    const before = this.last;
    this.last = { part, now };
    if (!before || now < this.until) return;
    if (this.inRow < RECOVERED) {
      this.inRow = part === before.part + 1 ? this.inRow + 1 : 0;
      return;
    }
    // A part without a result is gone by, too, and has taken its time.
    this.parts += part - before.part;
    this.milliseconds += now - before.now;
  }

  /** Parts a second; NaN where something was wrong all the time. */
  get perSecond(): number {
    return (1000 * this.parts) / this.milliseconds;
  }
}
