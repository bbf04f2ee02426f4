import { freePort } from "../../scripts/demo/ports";
import { InspectBlock } from "../../scripts/demo/station/inspect-block";
import { PlcDevice } from "../../scripts/demo/station/plc";

const RECIPE = 1;
/** Longer than a starved machine keeps anybody waiting. */
const PATIENCE = 60_000;
const SILENT = 5000;

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

export interface PlcProgram {
  /** Called once a cycle. */
  cycle(now: number): void;
}

/** What a program works on, and what the station sees of it. */
export interface PlcRegisters {
  readonly port: number;
  /** Registers 100 to 104, and 200 to 215. */
  readonly req: Uint16Array;
  readonly sts: Uint16Array;
  /** Bits of the first register that are true whatever the program says. */
  readonly forced: { on: number };
  start(program: PlcProgram): Promise<void>;
  stop(): Promise<void>;
}

/** A PLC whose program is FB_Inspect of docs/plc.md, for one part at a time. */
export class StationPlc {
  private readonly block: InspectBlock;
  private part: { id: number; isNew: boolean; done: (handled: Handled) => void } | undefined;

  private constructor(private readonly device: PlcRegisters) {
    this.block = new InspectBlock(device.req, device.sts, { lastId: 0 }, SILENT, PATIENCE);
  }

  /** @param device absent: a Modbus server of our own */
  static async start(device?: PlcRegisters): Promise<StationPlc> {
    const plc = new StationPlc(device ?? new PlcDevice(await freePort()));
    await plc.device.start(plc);
    return plc;
  }

  get port(): number {
    return this.device.port;
  }

  get state(): number {
    return this.device.sts[11]!;
  }

  /** Whether the station's heartbeat goes. */
  get isAlive(): boolean {
    return this.block.alive;
  }

  /** Of the station: `online`, `ready` ... by their number. */
  bit(number: number): boolean {
    return ((this.device.sts[0]! >> number) & 1) === 1;
  }

  /** Asks for an inspection, whether the station is ready or not. */
  inspect(id: number): Promise<Handled> {
    return new Promise((done) => {
      this.part = { id, isNew: true, done };
    });
  }

  /** Longer than the station takes to see it. */
  pulseReset(): void {
    this.device.forced.on = 8;
    setTimeout(() => {
      this.device.forced.on = 0;
    }, 1000);
  }

  close(): Promise<void> {
    return this.device.stop();
  }

  cycle(now: number): void {
    const { block, part } = this;
    block.call({ start: part?.isNew === true && block.isIdle, partId: part?.id ?? 0, recipe: RECIPE }, now);
    if (!part) return;
    if (!block.isIdle) part.isNew = false;
    if (block.refused) this.finish(part, "refused");
    else if (block.done && block.donePart === part.id) this.finish(part, "result");
  }

  private finish({ done }: { done: (handled: Handled) => void }, answer: Handled["answer"]): void {
    const { sts } = this.device;
    this.part = undefined;
    done({
      ...{ answer, errorCode: sts[1]!, resultCode: sts[2]!, inspectionId: sts[3]! * 65_536 + sts[4]! },
      ...{ pass: answer === "result" && this.block.mayPass, fail: this.bit(7), unlike: this.bit(8) },
      ...{ score: sts[8]!, threshold: sts[9]! },
    });
  }
}
