import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { FromServer } from "./modbus-server";
import type { SignalRecorder } from "./signal-recorder";
import type { Stopwatch } from "./stopwatch";

/** Milliseconds. */
const CYCLE = 2;

/**
 * A PLC whose registers lie behind a Modbus TCP server (unit 1), and a program that is called once a cycle. The server has a
 * thread of its own: whatever else this process does, being the camera for one, keeps no real PLC from answering.
 */
export class PlcDevice {
  /** Registers 100 to 104, which the program writes. */
  readonly req = new Uint16Array(5);
  /** Registers 200 to 215, which the station writes. */
  readonly sts = new Uint16Array(16);
  /** Bits of register 100 that the station reads as 0, or as 1, whatever the program writes. */
  readonly forced = { off: 0, on: 0 };
  private server: Worker | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Both only look on. */
  recorder: Pick<SignalRecorder, "cycle"> | undefined;
  stopwatch: Pick<Stopwatch, "cycle" | "read" | "written"> | undefined;

  constructor(readonly port: number) {}

  /** Its registers begin with 0. */
  async start(program: { cycle(now: number): void }): Promise<void> {
    this.req.fill(0);
    this.sts.fill(0);
    const server = new Worker(join(__dirname, "modbus-server.js"), { workerData: this.port });
    this.server = server;
    await once(server, "message");
    server.on("message", (said: FromServer) => this.told(said));
    this.timer = setInterval(() => {
      program.cycle(performance.now());
      this.stopwatch?.cycle(this.req);
      this.recorder?.cycle(this.req, this.sts);
      const { off, on } = this.forced;
      server.postMessage(this.req.with(0, (this.req[0]! & ~off) | on));
    }, CYCLE);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    const { server } = this;
    this.server = undefined;
    await server?.terminate();
  }

  private told(said: FromServer): void {
    if (said.kind === "read") this.stopwatch?.read(said.words, said.at);
    else if (said.kind === "written") {
      this.sts.set(said.words);
      this.stopwatch?.written(said.words, said.at);
    }
  }
}
