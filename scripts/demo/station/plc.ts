import type { Server } from "node:net";
import { ServerTCP } from "modbus-serial";
import type { SignalRecorder } from "./signal-recorder";
import type { Stopwatch } from "./stopwatch";

const FROM_PLC = 100;
const TO_PLC = 200;
const LAST_TO_PLC = 215;
/** Milliseconds. */
const CYCLE = 2;

/** A PLC that is a Modbus TCP server (unit 1): its registers, and a program that is called once a cycle. */
export class PlcDevice {
  private readonly words = new Uint16Array(300);
  private server: ServerTCP | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Bits of register 100 that the station reads as 0, or as 1, whatever the program writes. */
  readonly forced = { off: 0, on: 0 };
  /** Both only look on. */
  recorder: Pick<SignalRecorder, "cycle"> | undefined;
  stopwatch: Pick<Stopwatch, "cycle" | "read" | "written"> | undefined;

  constructor(readonly port: number) {}

  /** What the program writes. */
  get req(): Uint16Array {
    return this.words.subarray(FROM_PLC, FROM_PLC + 5);
  }

  /** What the station writes. */
  get sts(): Uint16Array {
    return this.words.subarray(TO_PLC, LAST_TO_PLC + 1);
  }

  /** Its registers begin with 0. */
  async start(program: { cycle(now: number): void }): Promise<void> {
    this.words.fill(0);
    const server = new ServerTCP(
      {
        getHoldingRegister: (address: number) => this.shown(address),
        setRegister: (address: number, value: number) => {
          this.words[address] = value;
          if (address === LAST_TO_PLC) this.stopwatch?.written(this.sts);
        },
      },
      { host: "127.0.0.1", port: this.port, unitID: 1, debug: false },
    );
    // As in PLCs: an answer does not wait until the one before was acknowledged.
    (server as unknown as { _server: Server })._server.on("connection", (socket) => socket.setNoDelay(true));
    // Whoever goes away without a word is no fault of the PLC.
    server.on("socketError", () => undefined);
    await new Promise<void>((resolve, reject) => {
      server.once("initialized", () => resolve());
      server.once("serverError", reject);
    });
    this.server = server;
    this.timer = setInterval(() => {
      program.cycle(performance.now());
      this.stopwatch?.cycle(this.req);
      this.recorder?.cycle(this.req, this.sts);
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
    if (address === FROM_PLC) this.stopwatch?.read(this.req);
    return address === FROM_PLC ? (word & ~this.forced.off) | this.forced.on : word;
  }
}
