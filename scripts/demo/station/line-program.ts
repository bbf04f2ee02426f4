import type { Belt } from "./belt";
import { Ton } from "./iec";
import { InspectBlock } from "./inspect-block";

/** Places between camera and rejector. */
export const TO_REJECTOR = 30;
const TABLE = 64;

/** Why a part has the place at the rejector that it has: `Why` in docs/plc.md. */
export const WHY = ["no answer yet", "inspected", "refused", "not ready", "station silent", "no answer in time"];
export const INSPECTED = 1;
export const UNANSWERED = 5;

interface PartEntry {
  id: number;
  why: number;
  mayPass: boolean;
}

export interface LineTimes {
  /** Milliseconds: see docs/plc.md. */
  silent: number;
  patience: number;
  notReady: number;
  noAnswer: number;
}

export interface LineWiring {
  req: Uint16Array;
  sts: Uint16Array;
  belt: Belt;
  times: LineTimes;
  retained: { lastId: number };
  /** What is told to the parts' number on the belt, so that it needs both registers. */
  firstPart: number;
  /** Of the part at the camera. */
  recipe: (part: number) => number;
  /** The part at the rejector goes on, or out; `undefined`: the program knows nothing of it. */
  gate: (part: number, passes: boolean, why: number | undefined) => void;
  /** The result of a part that waits for one. */
  read: (part: number, sts: Uint16Array) => void;
}

/** PRG_Line of docs/plc.md, line by line. */
export class LineProgram {
  private readonly table: PartEntry[] = Array.from({ length: TABLE }, () => ({ id: 0, why: 3, mayPass: false }));
  private readonly inspect: InspectBlock;
  private readonly notReady = new Ton();
  private readonly noAnswer = new Ton();
  private phase = 0;
  private part = 0;
  private start = false;

  constructor(private readonly wiring: LineWiring) {
    const { req, sts, retained, times } = wiring;
    this.inspect = new InspectBlock(req, sts, retained, times.silent, times.patience);
  }

  cycle(now: number): void {
    const { belt, times, firstPart, sts, req } = this.wiring;
    const { inspect } = this;
    this.notReady.call(this.phase === 1, times.notReady, now);
    this.noAnswer.call(this.phase === 3, times.noAnswer, now);
    switch (this.phase) {
      case 0:
        if (belt.inPosition(now)) {
          this.part = belt.part(now) + firstPart;
          this.table[this.part % TABLE] = { id: this.part, why: 3, mayPass: false };
          this.phase = 1;
        }
        break;
      case 1:
        if (inspect.ready) {
          this.start = true;
          this.table[this.part % TABLE]!.why = 0;
          this.phase = 2;
        } else if (this.notReady.q) this.phase = 3;
        break;
      case 2:
        this.start = false;
        if (inspect.refused) {
          this.table[this.part % TABLE]!.why = 2;
          this.phase = 3;
        } else if (inspect.mayMove) this.phase = 3;
        break;
      case 3: {
        const gone = this.part - TO_REJECTOR;
        const entry = this.table[(gone + TABLE) % TABLE]!;
        if (entry.id === gone && entry.why === 0) {
          if (!this.noAnswer.q) break;
          entry.why = UNANSWERED;
        }
        const isKnown = entry.id === gone;
        this.wiring.gate(
          gone - firstPart,
          isKnown && entry.why === 1 && entry.mayPass,
          isKnown ? entry.why : undefined,
        );
        belt.move(now);
        this.phase = 0;
      }
    }

    inspect.call({ start: this.start, partId: this.part, recipe: this.wiring.recipe(belt.part(now)) }, now);
    // Results come in the order of the triggers: what was asked before and has none gets none any more.
    if (inspect.done)
      for (const entry of this.table) if (entry.why === 0 && entry.id < inspect.donePart) entry.why = UNANSWERED;
    const slot = this.table[inspect.donePart % TABLE]!;
    if (inspect.done && slot.id === inspect.donePart && slot.why === 0) {
      slot.why = 1;
      slot.mayPass = inspect.mayPass;
      this.wiring.read(slot.id - firstPart, sts);
    }
    if (!inspect.alive)
      for (const entry of this.table) if (entry.why <= 1) Object.assign(entry, { why: 4, mayPass: false });
    // Once everything that was asked is answered: a reset takes back what waits.
    const waits = this.table.some(({ why }) => why === 0);
    const isReset = (sts[1] === 21 || sts[1] === 23) && !waits;
    req[0] = isReset ? req[0]! | 8 : req[0]! & ~8;
  }
}
