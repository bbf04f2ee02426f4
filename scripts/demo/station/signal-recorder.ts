/** What is drawn, from the top down: name, whose it is, and its bit in register 100 or 200. */
export const SIGNALS = [
  { name: "trigger", by: "plc", bit: 0 },
  { name: "resultAck", by: "plc", bit: 2 },
  { name: "reset", by: "plc", bit: 3 },
  { name: "online", by: "station", bit: 0 },
  { name: "ready", by: "station", bit: 1 },
  { name: "triggerAck", by: "station", bit: 2 },
  { name: "exposing", by: "station", bit: 4 },
  { name: "busy", by: "station", bit: 3 },
  { name: "resultValid", by: "station", bit: 5 },
  { name: "pass", by: "station", bit: 6 },
  { name: "fail", by: "station", bit: 7 },
  { name: "unlike", by: "station", bit: 8 },
] as const;

/** Milliseconds of the past that are kept. */
const KEPT = 20_000;

export interface Recording {
  /** Milliseconds, of the same clock as the changes. */
  now: number;
  /** When the levels became what they are, bit i for SIGNALS[i]; the first is of before. */
  changes: [time: number, levels: number][];
  numbers: { errorCode: number; resultCode: number; inspectionId: number; partId: number; state: number };
}

/** Remembers how the signals between PLC and station have changed. */
export class SignalRecorder {
  private changes: [number, number][] = [];
  private numbers: Recording["numbers"] = { errorCode: 0, resultCode: 0, inspectionId: 0, partId: 0, state: 0 };

  /** Once a cycle of the PLC. @param req registers 100 to 104 @param sts registers 200 to 215 */
  cycle(req: Uint16Array, sts: Uint16Array, now = performance.now()): void {
    const levels = SIGNALS.reduce((sum, { by, bit }, i) => {
      return sum | (((by === "plc" ? req[0]! : sts[0]!) >> bit) & 1 ? 1 << i : 0);
    }, 0);
    if (this.changes.at(-1)?.[1] !== levels) this.changes.push([now, levels]);
    // One of before stays, for what the levels were at the beginning.
    while (this.changes[1] && this.changes[1][0] < now - KEPT) this.changes.shift();
    const [errorCode, resultCode, state] = [sts[1]!, sts[2]!, sts[11]!];
    const inspectionId = sts[3]! * 65_536 + sts[4]!;
    // The last one stays readable when it has been acknowledged.
    if (inspectionId !== 0)
      Object.assign(this.numbers, { inspectionId, partId: sts[5]! * 65_536 + sts[6]!, resultCode });
    Object.assign(this.numbers, { errorCode, state });
  }

  read(now = performance.now()): Recording {
    return { now, changes: this.changes, numbers: this.numbers };
  }
}
