/**
 * Does one piece of work at a time, and after it the newest there is then: on a slow network some are missed, and none
 * is shown late.
 */
export class Newest<T> {
  private wanted: T | undefined;
  private isBusy = false;
  private isOver = false;

  /** @param pause milliseconds between one and the next */
  constructor(
    private readonly work: (of: T) => Promise<void>,
    private readonly pause: number,
  ) {}

  want(of: T): void {
    this.wanted = of;
    if (!this.isBusy) void this.run();
  }

  stop(): void {
    this.isOver = true;
  }

  private async run(): Promise<void> {
    this.isBusy = true;
    while (this.wanted !== undefined && !this.isOver) {
      const next = this.wanted;
      this.wanted = undefined;
      // A picture that was let go meanwhile: the next one will do.
      await this.work(next).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, this.pause));
    }
    this.isBusy = false;
  }
}
