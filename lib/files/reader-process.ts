import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { GoldenSampleError } from "../errors";
import { plain } from "../sentence";
import type { FileAnswer, FileRequest, FromReader, Ping } from "./wire";

/** Reads under way at a time; those that hang each hold one until the process is ended. */
const THREADS = 64;
/** Times the patience that the process itself may be silent for: it starts, or the machine is short of time. */
const STARVED = 6;

interface Open {
  resolve: (answer: FileAnswer) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
  isSuspected: boolean;
}

/** One reading process, for as long as nothing in it hangs. */
export class ReaderProcess {
  private readonly process: ChildProcess;
  private readonly open = new Map<number, Open>();
  /** Something in it hangs, or it is gone: it is given nothing more, and ended when the others are done. */
  isSpent = false;

  /** @param patience milliseconds without a sign of life after which a read is given up */
  constructor(private readonly patience: number) {
    this.process = fork(join(__dirname, "reader.js"), {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      env: { ...process.env, UV_THREADPOOL_SIZE: String(THREADS) },
      execArgv: ["--max-semi-space-size=1"],
    });
    this.process.on("message", (message) => this.receive(message as FromReader));
    const gone = () => {
      this.isSpent = true;
      for (const id of [...this.open.keys()]) this.settle(id)?.reject(new Error("the process that reads files ended"));
    };
    this.process.on("error", gone);
    this.process.on("exit", gone);
    this.idle();
  }

  /** For tests. */
  get pid(): number | undefined {
    return this.process.pid;
  }

  /** @throws {Error} that says in a few words what is wrong */
  ask(request: FileRequest): Promise<FileAnswer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.suspect(request.id), this.patience);
      this.open.set(request.id, { resolve, reject, timer, isSuspected: false });
      this.process.ref();
      this.process.channel?.ref();
      if (this.process.connected) this.send(request);
      else this.settle(request.id)?.reject(new Error("the process that reads files ended"));
    });
  }

  private receive(message: FromReader): void {
    const { id, answer, failure, code, pong } = message;
    if (pong) {
      // It runs, and has not said that the read goes on or ended: that hangs.
      if (this.open.get(id)?.isSuspected) this.giveUp(id);
    } else if (failure !== undefined) {
      this.settle(id)?.reject(code ? new GoldenSampleError(code, plain(failure)) : new Error(failure));
    } else if (answer) this.settle(id)?.resolve(answer);
    else this.goesOn(id);
  }

  private goesOn(id: number): void {
    const open = this.open.get(id);
    if (!open) return;
    clearTimeout(open.timer);
    open.isSuspected = false;
    open.timer = setTimeout(() => this.suspect(id), this.patience);
  }

  /** No sign of life for long; before it is given up, the process itself must be heard. */
  private suspect(id: number): void {
    const open = this.open.get(id);
    if (!open) return;
    open.isSuspected = true;
    open.timer = setTimeout(() => this.giveUp(id), STARVED * this.patience);
    this.send({ ping: id });
  }

  private send(message: FileRequest | Ping): void {
    if (this.process.connected) this.process.send(message, undefined, undefined, () => undefined);
  }

  private giveUp(id: number): void {
    this.isSpent = true;
    const seconds = Math.round(this.patience / 1000);
    this.settle(id)?.reject(new Error(`its disk or network gave no answer for ${seconds} s`));
  }

  private settle(id: number): Open | undefined {
    const found = this.open.get(id);
    if (!found) return undefined;
    clearTimeout(found.timer);
    this.open.delete(id);
    if (this.open.size === 0) {
      this.idle();
      if (this.isSpent) this.process.kill("SIGKILL");
    }
    return found;
  }

  /** Nothing is open: it keeps nobody alive. */
  private idle(): void {
    this.process.unref();
    this.process.channel?.unref();
  }
}
