import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { GoldenSampleError } from "../../errors";
import { sentence } from "../../sentence";
import type { InferenceRuntime, RuntimeName, Session, SessionOptions, Tensor } from "../types";
import { RunLimit } from "./run-limit";
import { type FromThread, fromFailure, type ThreadStart, type ToThread } from "./wire";

/**
 * onnxruntime with a thread of its own for each session. Loading a model and running it block the thread they happen
 * in, for seconds where the model is large; here the calling thread goes on, so that frames are read and decoded,
 * cancelled and answered meanwhile, and a second model loads beside the first one's runs. Portable sessions share one
 * thread: each further one would hold the whole of WebAssembly in memory once more.
 * @param onStuck told why the process cannot go on: a run that does not come back, or a thread that ended. A thread in
 *   native code cannot be ended alone, so the process has to.
 */
export function threadedRuntime(runtime: InferenceRuntime, onStuck: (why: string) => void): InferenceRuntime {
  const { name } = runtime;
  let shared: RuntimeThread | undefined;
  return {
    ...runtime,
    async createSession(model, options = {}) {
      const thread = shared ?? new RuntimeThread(name, onStuck);
      if (name === "portable") shared = thread;
      return new ThreadedSession(thread, name === "native", onStuck).open(model, options);
    },
  };
}

/** A thread and those who listen to it, by their numbers. */
class RuntimeThread {
  private readonly worker: Worker;
  private readonly listeners = new Map<number, (message: FromThread) => void>();
  private lastNumber = 0;

  constructor(runtime: RuntimeName, onStuck: (why: string) => void) {
    const workerData: ThreadStart = { runtime };
    this.worker = new Worker(join(__dirname, "session-thread.js"), { execArgv: [], workerData });
    this.worker.on("message", (message: FromThread) => this.listeners.get(message.session)?.(message));
    this.worker.on("error", (error) => onStuck(`the backbone's thread failed: ${error.message}`));
    this.worker.on("exit", () => {
      if (this.listeners.size > 0) onStuck("the backbone's thread ended by itself");
    });
  }

  /** @returns the listener's number */
  listen(listener: (message: FromThread) => void): number {
    this.listeners.set(++this.lastNumber, listener);
    return this.lastNumber;
  }

  send(message: ToThread): void {
    if (message.kind === "release") this.listeners.delete(message.session);
    this.worker.postMessage(message);
  }
}

type Created = Extract<FromThread, { kind: "created" }>;

interface Run {
  resolve: (outputs: Record<string, Tensor>) => void;
  reject: (error: Error) => void;
}

class ThreadedSession {
  private readonly session: number;
  private readonly runs = new Map<number, Run>();
  private readonly limit: RunLimit;
  private opening: { resolve: (created: Created) => void; reject: Run["reject"] };
  private lastId = 0;
  private idle: (() => void) | undefined;
  private released: Promise<void> | undefined;

  /** @param alone whether the thread is this session's own */
  constructor(
    private readonly thread: RuntimeThread,
    private readonly alone: boolean,
    onStuck: (why: string) => void,
  ) {
    this.limit = new RunLimit(onStuck);
    this.opening = { resolve: () => undefined, reject: () => undefined };
    this.session = thread.listen((message) => this.receive(message));
  }

  async open(model: string | Uint8Array, options: SessionOptions): Promise<Session> {
    // No limit here: compiling a large model for a device takes minutes.
    const created = new Promise<Created>((resolve, reject) => {
      this.opening = { resolve, reject };
    });
    this.thread.send({ session: this.session, kind: "create", model, options });
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
      throw new GoldenSampleError(
        "ENGINE_CLOSED",
        sentence`[modelUnloaded] The model was unloaded while a frame was waiting for it.`,
      );
    const id = ++this.lastId;
    const size = Object.values(feeds).reduce((sum, { data }) => sum + data.byteLength, 0);
    const done = this.limit.begin(size);
    try {
      return await new Promise<Record<string, Tensor>>((resolve, reject) => {
        this.runs.set(id, { resolve, reject });
        this.thread.send({ session: this.session, kind: "run", id, feeds: compact(feeds), fetches });
      });
    } finally {
      done();
      this.runs.delete(id);
      if (this.runs.size === 0) this.idle?.();
    }
  }

  private release(): Promise<void> {
    this.released ??= this.drained().then(() =>
      this.thread.send({ session: this.session, kind: "release", last: this.alone }),
    );
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
