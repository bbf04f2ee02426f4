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
  private acknowledges = false;
  private readonly waiting = new Set<() => void>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: HandshakeOptions) {}

  get now(): StationOutputs | undefined {
    return this.outputs;
  }

  /** From the station's first output. */
  told(outputs: StationOutputs): void {
    if (!this.outputs) this.options.send({ triggerEnable: true, trigger: false, resultAck: false });
    this.outputs = outputs;
    if (outputs.resultValid !== this.acknowledges) {
      this.acknowledges = outputs.resultValid;
      this.options.send({ resultAck: outputs.resultValid });
    }
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
    this.options.send({ reset: true });
    this.options.send({ reset: false });
  }

  private async trigger(partId: string, recipe: string): Promise<number> {
    const { send } = this.options;
    if (recipe !== "" && String(this.outputs?.recipe) !== recipe) {
      send({ recipe });
      await this.until(() => this.outputs?.ready === true && String(this.outputs.recipe) === recipe);
    }
    if (!this.outputs?.ready) throw new Refused(this.outputs?.errorCode ?? 0);
    this.accepted = undefined;
    this.asked = partId;
    send({ trigger: true, partId });
    try {
      await this.until(() => this.accepted !== undefined || (this.outputs?.errorCode ?? 0) !== 0);
      if (this.accepted === undefined) throw new Refused(this.outputs?.errorCode ?? 0);
      return this.accepted;
    } finally {
      this.asked = undefined;
      send({ trigger: false });
    }
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
