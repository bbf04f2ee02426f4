import { INSPECTED, TO_REJECTOR, UNANSWERED, WHY } from "./line-program";
import type { Picture } from "./parts";

/** Units of the scaled score that batches may differ by. */
const TOLERANCE = 3;
const SCALE = 10_000;

/** What the PLC read as the result of a part. */
interface Reading {
  pass: boolean;
  unlike: boolean;
  code: number;
  score: number;
  threshold: number;
}

export interface LineReport {
  parts: number;
  passed: number;
  rejected: number;
  /** How many parts went by for which reason. */
  why: Record<string, number>;
  /** How many of the parts inspected had which result code. */
  codes: Record<string, number>;
  /** All three have to be 0. */
  defectivePassed: number;
  withoutAnswer: number;
  ofAnotherPart: number;
  /** The first few of what must not be, in words. */
  complaints: string[];
}

/** Holds against each other what lay on the belt, what the PLC read and what the rejector did. */
export class Ledger {
  private readonly readings = new Map<number, Reading>();
  private readonly ids = new Map<number, number>();
  private readonly disturbances: number[] = [];
  private nextGate: number | undefined;
  readonly report: LineReport = {
    ...{ parts: 0, passed: 0, rejected: 0, why: {}, codes: {} },
    ...{ defectivePassed: 0, withoutAnswer: 0, ofAnotherPart: 0, complaints: [] },
  };

  constructor(private readonly pictureOf: (part: number) => Picture) {}

  /** @param sts registers 200 to 215 as the PLC's program saw them when it took the result */
  read(part: number, sts: Uint16Array): void {
    const bit = (number: number) => ((sts[0]! >> number) & 1) === 1;
    const reading = { pass: bit(6), unlike: bit(8), code: sts[2]!, score: sts[8]!, threshold: sts[9]! };
    this.readings.set(part, reading);
    count(this.report.codes, String(reading.code));
    if (reading.code !== 0 || reading.unlike) return;
    const picture = this.pictureOf(part);
    if (picture.kind !== "unlike" && Math.abs(reading.score - picture.score * SCALE) <= TOLERANCE) return;
    this.report.ofAnotherPart++;
    this.complain(`part ${part} has a score of ${reading.score}, its picture ${Math.round(picture.score * SCALE)}`);
  }

  /** What the station says outside of the PLC, on MQTT. @param part that the PLC triggered for */
  said(id: number, part: number): void {
    if (this.ids.has(id)) {
      this.report.ofAnotherPart++;
      this.complain(`inspection ${id} had two results, of parts ${this.ids.get(id)} and ${part}`);
    }
    this.ids.set(id, part);
  }

  /** @param why of the PLC's table; `undefined`: the PLC was restarted since */
  gate(part: number, passes: boolean, why: number | undefined): void {
    if (part < 0) return;
    const { report } = this;
    if (this.nextGate !== undefined && part !== this.nextGate) {
      report.withoutAnswer++;
      this.complain(`part ${part} came to the rejector, ${this.nextGate} was expected`);
    }
    this.nextGate = part + 1;
    report.parts++;
    report[passes ? "passed" : "rejected"]++;
    count(report.why, why === undefined ? "PLC restarted" : WHY[why]!);
    const reading = this.readings.get(part);
    this.readings.delete(part);
    const isCut = this.disturbances.some((at) => at >= part - 1 && at <= part + TO_REJECTOR);
    if (why === UNANSWERED && !isCut) {
      report.withoutAnswer++;
      this.complain(`part ${part} had no answer`);
    }
    if (why === INSPECTED && !reading) {
      report.withoutAnswer++;
      this.complain(`part ${part} counts as inspected, and nobody read its result`);
    }
    if (!passes) return;
    const picture = this.pictureOf(part);
    const isGood = picture.kind !== "unlike" && reading && picture.score * SCALE <= reading.threshold + TOLERANCE;
    if (reading?.pass && isGood && reading.code === 0) return;
    report.defectivePassed++;
    this.complain(`part ${part} (${picture.kind}) passed: ${JSON.stringify(reading)}`);
  }

  /** What comes between station and PLC now may keep the answer for the part at the camera from it. */
  disturbed(part: number): void {
    this.disturbances.push(part);
  }

  private complain(words: string): void {
    if (this.report.complaints.length < 20) this.report.complaints.push(words);
  }
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
