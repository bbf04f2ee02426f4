/** Of one part, in milliseconds. */
export interface PartTimes {
  /** From the reading of its trigger to `resultValid` in the PLC's registers. */
  answered: number;
  /** From the PLC's trigger on: what waiting for the next reading adds. */
  sincePlc: number;
  /** Of its frame in the engine. */
  inference: number;
}

interface Running {
  raised: number;
  seen?: number;
  shown?: number;
  inference?: number;
}

/** Milliseconds, the same in all threads. */
export const clock = () => Number(process.hrtime.bigint()) / 1e6;

/** Measures each part's inspection at the PLC's registers, and holds its bare inference against it. */
export class Stopwatch {
  private readonly running = new Map<number, Running>();
  /** Of the parts that had a verdict, in the order of their results. */
  readonly times: PartTimes[] = [];

  /** @param req registers 100 to 104, after each cycle of the PLC */
  cycle(req: Uint16Array): void {
    const part = double(req, 3);
    if (bit(req, 0) && !this.running.has(part)) this.running.set(part, { raised: clock() });
  }

  /** @param req registers 100 to 104, as the station was about to be told of them @param at when, by the `clock` */
  read(req: Uint16Array, at: number): void {
    const running = bit(req, 0) && this.running.get(double(req, 3));
    if (running) running.seen ??= at;
  }

  /** @param sts registers 200 to 215, all of which the station had written @param at when, by the `clock` */
  written(sts: Uint16Array, at: number): void {
    const part = double(sts, 5);
    const running = bit(sts, 5) && this.running.get(part);
    if (!running) return;
    running.shown ??= at;
    this.finish(part, running);
  }

  /** What the station says outside of the PLC. @param inference absent: no verdict */
  said(part: number, inference: number | undefined): void {
    const running = this.running.get(part);
    if (!running || inference === undefined) return;
    running.inference = inference;
    this.finish(part, running);
  }

  private finish(part: number, { raised, seen, shown, inference }: Running): void {
    if (seen === undefined || shown === undefined || inference === undefined) return;
    this.running.delete(part);
    this.times.push({ answered: shown - seen, sincePlc: shown - raised, inference });
  }
}

const bit = (words: Uint16Array, number: number): boolean => ((words[0]! >> number) & 1) === 1;
const double = (words: Uint16Array, at: number): number => words[at]! * 65_536 + words[at + 1]!;
