/** Milliseconds between two signs of life of the engine process, and between two looks for them. */
export const BEAT = 1000;

export interface WatchdogLimits {
  /** Milliseconds without a sign of life after which a process that was ready is taken for hung. */
  silence: number;
  /** Milliseconds a process may take to get ready: loading native libraries on a small machine takes its time. */
  start: number;
}

/**
 * Notices an engine process that is there and does nothing: stopped, or its main thread caught somewhere. That thread
 * runs no model (those have threads of their own), so it is never silent for long; loading a model does not count.
 */
export class Watchdog {
  private last = performance.now();
  private looked = performance.now();
  private isReady = false;
  private readonly timer: NodeJS.Timeout;

  /** @param onHung called once, with what to say of it */
  constructor(limits: WatchdogLimits, onHung: (why: string) => void) {
    this.timer = setInterval(() => {
      const now = performance.now();
      // This process was late itself (busy, or the machine slept): what came meanwhile has not been read yet.
      const wasAway = now - this.looked > 2 * BEAT;
      this.looked = now;
      if (wasAway) this.last = Math.max(this.last, now - BEAT);
      const limit = this.isReady ? limits.silence : limits.start;
      if (now - this.last <= limit) return;
      this.stop();
      onHung(`it gave no sign of life for ${Math.round(limit / 1000)} s`);
    }, BEAT);
    // Watching keeps nobody alive.
    this.timer.unref();
  }

  /** Something came from the process. */
  heard(): void {
    this.last = performance.now();
  }

  ready(): void {
    this.isReady = true;
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
