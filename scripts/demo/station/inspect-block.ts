import { RTrig, Ton } from "./iec";

export interface InspectInputs {
  start: boolean;
  partId: number;
  recipe: number;
}

/** FB_Inspect of docs/plc.md, line by line: what it says there is what is done here. */
export class InspectBlock {
  alive = false;
  ready = false;
  mayMove = false;
  refused = false;
  done = false;
  donePart = 0;
  mayPass = false;
  /** 0 begin, 1 triggered, 2 exposing, 3 wait until the trigger's fall is seen, 4 trigger once more. */
  private step = 0;
  private answer = 0;
  private lastBeat = 0;
  private readonly edge = new RTrig();
  private readonly beat = new Ton();
  private readonly patience = new Ton();

  /**
   * @param req registers 100 to 104
   * @param sts registers 200 to 215
   * @param retained outlives a restart of the PLC
   * @param silent milliseconds without a heartbeat
   * @param longest milliseconds that a part stays for its frame
   */
  constructor(
    private readonly req: Uint16Array,
    private readonly sts: Uint16Array,
    private readonly retained: { lastId: number },
    private readonly silent = 2000,
    private readonly longest = 2000,
  ) {}

  /** `Start` is seen now; whether the station takes it is another matter. */
  get isIdle(): boolean {
    return this.step === 0;
  }

  call({ start, partId, recipe }: InspectInputs, now: number): void {
    const { req, sts, retained } = this;
    req[1]!++;
    this.beat.call(sts[10] === this.lastBeat, this.silent, now);
    this.lastBeat = sts[10]!;
    this.alive = !this.beat.q;
    this.setBit(1, true);
    if (this.step === 0 && !bit(sts, 3)) req[2] = recipe;
    this.edge.call(start);
    const mine = bit(sts, 2) && sts[14] === req[3] && sts[15] === req[4];
    this.patience.call(this.step === 1 || this.step === 2 || this.step === 4, this.longest, now);
    this.mayMove = false;
    this.refused = false;
    this.done = false;

    switch (this.step) {
      case 0:
        if (this.edge.q) {
          req[3] = partId >>> 16;
          req[4] = partId & 0xffff;
          this.setBit(0, true);
          this.step = 1;
        }
        break;
      case 1:
        if (mine) {
          this.setBit(0, false);
          this.step = 2;
        } else if (bit(sts, 2) || sts[1] === 8) {
          this.setBit(0, false);
          this.step = 4;
        } else if (sts[1] !== 0 || this.patience.q) {
          this.setBit(0, false);
          this.refused = true;
          this.step = 3;
        }
        break;
      case 2:
        if (!bit(sts, 4)) {
          this.mayMove = true;
          this.step = 3;
        } else if (this.patience.q) {
          this.refused = true;
          this.step = 3;
        }
        break;
      case 3:
        if (!bit(sts, 2)) this.step = 0;
        break;
      case 4:
        if (mine) this.step = 2;
        else if (this.patience.q) {
          this.refused = true;
          this.step = 3;
        } else if (bit(sts, 1) && !bit(sts, 2) && sts[1] === 0) {
          this.setBit(0, true);
          this.step = 1;
        }
    }

    switch (this.answer) {
      case 0:
        if (bit(sts, 5)) {
          const id = double(sts, 3);
          if (id !== retained.lastId) {
            this.done = true;
            this.donePart = double(sts, 5);
            this.mayPass = bit(sts, 6);
            retained.lastId = id;
          }
          this.setBit(2, true);
          this.answer = 1;
        }
        break;
      case 1:
        if (!bit(sts, 5)) {
          this.setBit(2, false);
          this.answer = 0;
        }
    }
    this.ready = this.step === 0 && this.alive && bit(sts, 1) && !bit(sts, 2) && sts[1] === 0 && sts[7] === recipe;
  }

  private setBit(number: number, value: boolean): void {
    const now = this.req[0]!;
    this.req[0] = value ? now | (1 << number) : now & ~(1 << number);
  }
}

const bit = (words: Uint16Array, number: number): boolean => ((words[0]! >> number) & 1) === 1;
const double = (words: Uint16Array, at: number): number => words[at]! * 65_536 + words[at + 1]!;
