import { ServerTCP } from "modbus-serial";

const FROM_PLC = 100;
const TO_PLC = 200;
/** Milliseconds. */
const CYCLE = 5;

/** A PLC that is a Modbus TCP server (unit 1): its registers, and a program that is called once a cycle. */
export class PlcDevice {
  private readonly words = new Uint16Array(300);
  private server: ServerTCP | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Bits of register 100 that the station reads as 0, or as 1, whatever the program writes. */
  readonly forced = { off: 0, on: 0 };
  /** After each cycle. */
  watch: (req: Uint16Array, sts: Uint16Array) => void = () => undefined;

  constructor(readonly port: number) {}

  /** What the program writes. */
  get req(): Uint16Array {
    return this.words.subarray(FROM_PLC, FROM_PLC + 5);
  }

  /** What the station writes. */
  get sts(): Uint16Array {
    return this.words.subarray(TO_PLC, TO_PLC + 14);
  }

  /** Its registers begin with 0. */
  async start(program: { cycle(now: number): void }): Promise<void> {
    this.words.fill(0);
    const server = new ServerTCP(
      {
        getHoldingRegister: (address: number) => this.shown(address),
        setRegister: (address: number, value: number) => {
          this.words[address] = value;
        },
      },
      { host: "127.0.0.1", port: this.port, unitID: 1, debug: false },
    );
    // Whoever goes away without a word is no fault of the PLC.
    server.on("socketError", () => undefined);
    await new Promise<void>((resolve, reject) => {
      server.once("initialized", () => resolve());
      server.once("serverError", reject);
    });
    this.server = server;
    this.timer = setInterval(() => {
      program.cycle(performance.now());
      this.watch(this.req, this.sts);
    }, CYCLE);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    const { server } = this;
    this.server = undefined;
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  private shown(address: number): number {
    const word = this.words[address] ?? 0;
    return address === FROM_PLC ? (word & ~this.forced.off) | this.forced.on : word;
  }
}
