import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { FromEngine, ToEngine } from "./wire";

/** Enough of what native code prints before it dies. */
const STDERR_KEPT = 2000;

export interface ChildEvents {
  message: (message: FromEngine) => void;
  /** @param cause signal or exit code, and the last line the process printed */
  exit: (cause: string) => void;
}

/** One run of the engine process. */
export class EngineChild {
  private readonly process: ChildProcess;
  private stderr = "";
  private ended = false;

  constructor(events: ChildEvents) {
    this.process = fork(join(__dirname, "server.js"), [], {
      // Buffers cross as they are; JSON would turn a frame into base64 and cost ten times as much.
      serialization: "advanced",
      // Native libraries print to stdout; nothing of ours goes there.
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      // A debugger's port and other flags of Node-RED's process are not the engine's.
      execArgv: [],
    });
    this.process.stderr?.on("data", (chunk: Buffer) => {
      this.stderr = (this.stderr + chunk.toString("utf8")).slice(-STDERR_KEPT);
    });
    this.process.on("message", (message) => events.message(message as FromEngine));
    const end = (how: string) => {
      if (this.ended) return;
      this.ended = true;
      const said = this.stderr.trim().split("\n").at(-1)?.trim();
      events.exit(said ? `${how}; it said: ${said.slice(0, 200)}` : how);
    };
    this.process.on("error", (error) => end(`it could not be started: ${error.message}`));
    this.process.on("exit", (code, signal) => end(signal ? `ended by ${signal}` : `exit code ${code}`));
    this.idle();
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  send(message: ToEngine): void {
    if (this.ended || !this.process.connected) return;
    // A failed send means that the process is ending; its exit event settles what is open.
    this.process.send(message, undefined, undefined, () => undefined);
  }

  /** Work is open: the host process must not end before the answer. */
  working(): void {
    this.process.ref();
    this.process.channel?.ref();
  }

  /** Nothing is open: the engine keeps nobody alive. */
  idle(): void {
    this.process.unref();
    this.process.channel?.unref();
    const pipe = this.process.stderr as unknown as { unref?: () => void } | null;
    pipe?.unref?.();
  }

  /** Ends the process: politely, and by force should a native call hang. */
  end(): void {
    if (this.ended) return;
    if (this.process.connected) this.process.disconnect();
    const force = setTimeout(() => this.process.kill("SIGKILL"), 3000);
    force.unref();
    this.process.once("exit", () => clearTimeout(force));
  }
}
