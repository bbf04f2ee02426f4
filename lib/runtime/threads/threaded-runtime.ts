import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { GoldenSampleError } from "../../errors";
import type { InferenceRuntime, Session, Tensor } from "../types";
import { RunLimit } from "./run-limit";
import { type FromThread, fromFailure, type ToThread } from "./wire";

/**
 * onnxruntime with a thread of its own for each session. Loading a model and running it block the thread they happen
 * in, for seconds where the model is large; here the calling thread goes on, so that frames are read and decoded,
 * cancelled and answered meanwhile, and a second model loads beside the first one's runs.
 * @param onStuck told why the process cannot go on: a run that does not come back, or a thread that ended. A thread in
 *   native code cannot be ended alone, so the process has to.
 */
export function threadedRuntime(name: string, onStuck: (why: string) => void): InferenceRuntime {
  return {
    name,
    async createSession(model, options = {}) {
      const thread = new SessionThread(onStuck);
      return thread.open({ kind: "create", model, options });
    },
  };
}

interface Run {
  resolve: (outputs: Record<string, Tensor>) => void;
  reject: (error: Error) => void;
}

class SessionThread {
  private readonly worker: Worker;
  private readonly runs = new Map<number, Run>();
  private readonly limit: RunLimit;
  private opening: { resolve: (created: Extract<FromThread, { kind: "created" }>) => void; reject: Run["reject"] };
  private lastId = 0;
  private idle: (() => void) | undefined;
  private released: Promise<void> | undefined;

  constructor(onStuck: (why: string) => void) {
    this.limit = new RunLimit(onStuck);
    this.opening = { resolve: () => undefined, reject: () => undefined };
    this.worker = new Worker(join(__dirname, "session-thread.js"), { execArgv: [] });
    this.worker.on("message", (message: FromThread) => this.receive(message));
    this.worker.on("error", (error) => onStuck(`the backbone's thread failed: ${error.message}`));
    this.worker.on("exit", () => {
      if (!this.released) onStuck("the backbone's thread ended by itself");
    });
  }

  async open(message: Extract<ToThread, { kind: "create" }>): Promise<Session> {
    // No limit here: compiling a large model for a device takes minutes.
    const created = new Promise<Extract<FromThread, { kind: "created" }>>((resolve, reject) => {
      this.opening = { resolve, reject };
    });
    this.send(message);
    try {
      const { device, inputs, outputs } = await created;
      return {
        device,
        inputs,
        outputs,
        run: (feeds, fetches) => this.run(feeds, fetches),
        release: () => this.release(),
      };
    } catch (thrown) {
      await this.release();
      throw thrown;
    }
  }

  private async run(feeds: Readonly<Record<string, Tensor>>, fetches?: readonly string[]) {
    if (this.released)
      throw new GoldenSampleError("ENGINE_CLOSED", "The model was unloaded while a frame was waiting for it.");
    const id = ++this.lastId;
    const size = Object.values(feeds).reduce((sum, { data }) => sum + data.byteLength, 0);
    const done = this.limit.begin(size);
    try {
      return await new Promise<Record<string, Tensor>>((resolve, reject) => {
        this.runs.set(id, { resolve, reject });
        this.send({ kind: "run", id, feeds: compact(feeds), fetches });
      });
    } finally {
      done();
      this.runs.delete(id);
      if (this.runs.size === 0) this.idle?.();
    }
  }

  private release(): Promise<void> {
    this.released ??= this.drained().then(() => this.send({ kind: "release" }));
    return this.released;
  }

  private drained(): Promise<void> {
    return this.runs.size === 0 ? Promise.resolve() : new Promise((resolve) => (this.idle = resolve));
  }

  private receive(message: FromThread): void {
    if (message.kind === "created") this.opening.resolve(message);
    else if (message.kind === "outputs") this.runs.get(message.id)?.resolve(message.outputs);
    else if (message.id === undefined) this.opening.reject(fromFailure(message));
    else this.runs.get(message.id)?.reject(fromFailure(message));
  }

  private send(message: ToThread): void {
    this.worker.postMessage(message);
  }
}

/** A view is sent with all of the memory behind it, so a part of something large is cut out first. */
function compact(feeds: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, tensor]) => [
      name,
      tensor.data.byteLength === tensor.data.buffer.byteLength
        ? tensor
        : ({ ...tensor, data: tensor.data.slice() } as Tensor),
    ]),
  );
}
