import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "../../scripts/demo/ports";
import { ROOT } from "../support/shared-data";
import type { PlcProgram, PlcRegisters } from "./station-plc";

/** Milliseconds. */
const CYCLE = 10;

/** A PLC's registers behind a server in Python, for our program to work on; test/python/plc_server.py. */
export class PythonPlc implements PlcRegisters {
  readonly req = new Uint16Array(5);
  readonly sts = new Uint16Array(16);
  readonly forced = { on: 0 };
  private child: ChildProcess | undefined;
  private timer: NodeJS.Timeout | undefined;
  private given = "";

  private constructor(
    private readonly python: string,
    private readonly kind: "modbus" | "s7",
    readonly port: number,
  ) {}

  static async on(python: string, kind: "modbus" | "s7"): Promise<PythonPlc> {
    return new PythonPlc(python, kind, await freePort());
  }

  async start(program: PlcProgram): Promise<void> {
    const script = join(ROOT, "test", "python", "plc_server.py");
    const child = spawn(this.python, [script, this.kind, String(this.port)], { stdio: ["pipe", "pipe", "inherit"] });
    this.child = child;
    const lines = createInterface({ input: child.stdout });
    const [first] = await Promise.race([
      once(lines, "line"),
      once(child, "exit").then(() => {
        throw new Error(`The ${this.kind} server ended.`);
      }),
    ]);
    if (first !== "ready") throw new Error(`The ${this.kind} server says ${first}.`);
    lines.on("line", (line) => this.sts.set(wordsOf(Buffer.from(line, "hex"), this.kind)));
    this.timer = setInterval(() => {
      program.cycle(performance.now());
      const now = hexOf(this.req, this.forced.on, this.kind);
      if (now !== this.given) child.stdin.write(`${now}\n`);
      this.given = now;
    }, CYCLE);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    const { child } = this;
    if (!child || child.exitCode !== null) return;
    const gone = once(child, "exit");
    child.stdin?.end();
    await gone;
  }
}

function hexOf(req: Uint16Array, forced: number, kind: string): string {
  const bytes = Buffer.alloc(2 * req.length);
  req.forEach((word, i) => {
    bytes.writeUInt16BE(word, 2 * i);
  });
  const bits = req[0]! | forced;
  // A data block has bit 0 in its first byte, a register in its second one.
  if (kind === "s7") bytes.writeUInt16LE(bits, 0);
  else bytes.writeUInt16BE(bits, 0);
  return bytes.toString("hex");
}

function wordsOf(bytes: Buffer, kind: string): number[] {
  const words = Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readUInt16BE(2 * i));
  if (kind === "s7") words[0] = bytes.readUInt16LE(0);
  return words;
}
