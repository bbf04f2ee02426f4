import { ServerTCP } from "modbus-serial";
import { freePort } from "../../scripts/demo/ports";

const FROM_PLC = 100;
const TO_PLC = 200;

/** What the PLC made of one part. */
export interface Handled {
  answer: "result" | "refused";
  errorCode: number;
  resultCode: number;
  inspectionId: number;
  pass: boolean;
  fail: boolean;
  unlike: boolean;
  score: number;
  threshold: number;
}

/** A PLC with a Modbus server, whose program is the structured text of docs/plc.md: one step a cycle. */
export class StationPlc {
  readonly words = new Uint16Array(300);
  private server: ServerTCP | undefined;
  private timer: NodeJS.Timeout | undefined;
  private step: "idle" | "triggered" | "accepted" | "acknowledged" = "idle";
  private part: { id: number; done: (handled: Handled) => void } | undefined;
  private lastId = 0;
  private isOwn = false;
  /** Never true without a result of the part at hand. */
  mayPass = false;

  private constructor(readonly port: number) {}

  static async start(): Promise<StationPlc> {
    const plc = new StationPlc(await freePort());
    plc.server = new ServerTCP(
      {
        getHoldingRegister: (address: number) => plc.words[address] ?? 0,
        setRegister: (address: number, value: number) => {
          plc.words[address] = value;
        },
      },
      { host: "127.0.0.1", port: plc.port, unitID: 1, debug: false },
    );
    await new Promise<void>((resolve, reject) => {
      plc.server!.once("initialized", () => resolve());
      plc.server!.once("serverError", reject);
    });
    plc.words[FROM_PLC + 2] = 1;
    plc.set(1, true);
    plc.timer = setInterval(() => plc.cycle(), 10);
    return plc;
  }

  get state(): number {
    return this.words[TO_PLC + 11]!;
  }

  /** Of the station: `online`, `ready` ... by their number. */
  bit(number: number): boolean {
    return ((this.words[TO_PLC]! >> number) & 1) === 1;
  }

  /** Asks for an inspection, whether the station is ready or not. */
  inspect(id: number): Promise<Handled> {
    return new Promise((done) => {
      this.part = { id, done };
    });
  }

  /** Longer than the station takes to see it. */
  pulseReset(): void {
    this.set(3, true);
    setTimeout(() => this.set(3, false), 1000);
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await new Promise<void>((resolve) => this.server!.close(() => resolve()));
  }

  private cycle(): void {
    this.words[FROM_PLC + 1]!++;
    if (this.step === "idle" && this.part) {
      this.mayPass = false;
      this.words[FROM_PLC + 3] = this.part.id >>> 16;
      this.words[FROM_PLC + 4] = this.part.id & 0xffff;
      this.set(0, true);
      this.step = "triggered";
    } else if (this.step === "triggered" && (this.bit(2) || this.words[TO_PLC + 1] !== 0)) {
      this.set(0, false);
      if (this.bit(2)) this.step = "accepted";
      else this.finish("refused");
    } else if (this.step === "accepted" && this.bit(5)) {
      this.isOwn = this.double(5) === this.part!.id && this.double(3) !== this.lastId;
      this.lastId = this.double(3);
      this.set(2, true);
      this.mayPass = this.isOwn && this.bit(6);
      this.step = "acknowledged";
      if (this.isOwn) this.finish("result");
    } else if (this.step === "acknowledged" && !this.bit(5)) {
      this.set(2, false);
      this.step = this.isOwn ? "idle" : "accepted";
    }
  }

  private finish(answer: Handled["answer"]): void {
    const words = this.words.subarray(TO_PLC);
    const handled = {
      ...{ answer, errorCode: words[1]!, resultCode: words[2]!, inspectionId: this.double(3) },
      ...{ pass: this.mayPass, fail: this.bit(7), unlike: this.bit(8), score: words[8]!, threshold: words[9]! },
    };
    const { done } = this.part!;
    this.part = undefined;
    this.step = answer === "result" ? "acknowledged" : "idle";
    done(handled);
  }

  private double(word: number): number {
    return this.words[TO_PLC + word]! * 65_536 + this.words[TO_PLC + word + 1]!;
  }

  private set(bit: number, value: boolean): void {
    const now = this.words[FROM_PLC]!;
    this.words[FROM_PLC] = value ? now | (1 << bit) : now & ~(1 << bit);
  }
}
