import type { StationOutputs, StationResult, StationSignals } from "./station";

/** Why no job was started: the station's `errorCode`, or 0 where it gave none. */
class Refused extends Error {
  constructor(readonly code: number) {
    super(`The station took no trigger (errorCode ${code}).`);
  }
}

export interface HandshakeOptions {
  send: (signals: StationSignals) => void;
  /** Milliseconds that the station may take for its answer, and for loading another recipe. */
  patience: number;
}

/**
 * The PLC's side of the station's handshake, for clients that have none: raises and takes back `trigger`, and
 * acknowledges results, which are kept by whoever reads them.
 */
export class Handshake {
  private outputs: StationOutputs | undefined;
  private accepted: number | undefined;
  /** The part whose trigger is raised. */
  private asked: string | undefined;
  /** What the station is told, all of it each time: it may be another one than it was. */
  private signals: StationSignals = { triggerEnable: true, trigger: false, resultAck: false };
  private readonly waiting = new Set<() => void>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: HandshakeOptions) {}

  get now(): StationOutputs | undefined {
    return this.outputs;
  }

  /** From the station's first output. */
  told(outputs: StationOutputs): void {
    const { state, resultValid } = outputs;
    const isFirst = this.outputs === undefined;
    const isOther = resultValid !== this.signals.resultAck;
    this.outputs = outputs;
    // Made anew by a deploy that left this node as it was, it has heard nothing yet, and waits for it.
    if (isFirst || isOther || state === "Preoperational") this.say({ resultAck: resultValid });
    this.wake();
  }

  /** From its second output: the camera is told of an inspection that was accepted; another part's is no answer. */
  exposes({ inspectionId, partId }: Pick<StationResult, "inspectionId" | "partId">): void {
    if (partId !== this.asked) return;
    this.accepted = inspectionId;
    this.wake();
  }

  /**
   * One after the other.
   * @returns the number of the inspection
   * @throws {Refused} with the station's own reason
   */
  start(partId: string, recipe: string): Promise<number> {
    const job = this.last.then(() => this.trigger(partId, recipe));
    this.last = job.catch(() => undefined);
    return job;
  }

  reset(): void {
    this.say({ reset: true });
    this.say({ reset: false });
  }

  private async trigger(partId: string, recipe: string): Promise<number> {
    if (recipe !== "" && String(this.outputs?.recipe) !== recipe) {
      this.say({ recipe });
      await this.until(() => this.outputs?.ready === true && String(this.outputs.recipe) === recipe);
    }
    if (!this.outputs?.ready) throw new Refused(this.outputs?.errorCode ?? 0);
    this.accepted = undefined;
    this.asked = partId;
    this.say({ trigger: true, partId });
    try {
      await this.until(() => this.accepted !== undefined || (this.outputs?.errorCode ?? 0) !== 0);
      if (this.accepted === undefined) throw new Refused(this.outputs?.errorCode ?? 0);
      return this.accepted;
    } finally {
      this.asked = undefined;
      this.say({ trigger: false });
    }
  }

  private say(changes: StationSignals): void {
    this.signals = { ...this.signals, ...changes };
    this.options.send(this.signals);
  }

  /** @throws {Refused} where it does not come to that in time */
  private async until(isSo: () => boolean): Promise<void> {
    const end = Date.now() + this.options.patience;
    while (!isSo()) {
      const left = end - Date.now();
      if (left <= 0) throw new Refused(this.outputs?.errorCode ?? 0);
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          this.waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, left);
        this.waiting.add(wake);
      });
    }
  }

  private wake(): void {
    for (const wake of [...this.waiting]) wake();
  }
}
