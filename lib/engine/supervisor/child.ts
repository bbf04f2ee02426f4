import { type ChildProcess, fork } from "node:child_process";
import { constants, getPriority, setPriority } from "node:os";
import { join } from "node:path";
import { type GoldenSampleError, toGoldenSampleError } from "../../errors";
import { checkMemory, MEMORY_VARIABLE, memoryBudget, planMemory } from "../../runtime/memory-plan";
import { type Sentence, sentence } from "../../sentence";
import type { EngineStart, FromEngine, ToEngine } from "../ipc/wire";
import { BEAT } from "../ipc/wire";

/** Enough of what native code and V8 print before they die. */
const STDERR_KEPT = 8000;
/** The line that says why, among stack frames and registers. */
const TELLING = /FATAL|what\(\)|terminate called|golden-sample:|Error:/;

/** A little below the process that started it: on a full machine flows go first, and what they do takes microseconds. */
const NICENESS = 5;

export interface ChildEvents {
  message: (message: FromEngine) => void;
  /** @param cause signal or exit code, and what the process printed of it */
  exit: (cause: string) => void;
}

/** What runs in the process. */
export interface Program {
  script: string;
  /** What it is called in errors. */
  name: Sentence;
  /** How far its priority is below that of the process that starts it. */
  niceness: number;
  /** Absent: `heap`. */
  heap?: HeapShare;
}

export const ENGINE: Program = {
  script: join(__dirname, "..", "server.js"),
  name: sentence`[inferenceProcess] inference process`,
  niceness: NICENESS,
};

export interface ChildLimits extends WatchdogLimits {
  /** Megabytes that the process and what it starts may take. */
  memory?: number | undefined;
  /** Absent: the engine. */
  program?: Program | undefined;
}

/** One run of the engine's process, or the trainer's. */
export class EngineChild {
  private readonly process: ChildProcess;
  private readonly watchdog: Watchdog;
  private stderr = "";
  private ended = false;
  private killedFor: string | undefined;

  constructor(events: ChildEvents, start: EngineStart, limits: ChildLimits) {
    const { script, niceness, heap } = limits.program ?? ENGINE;
    this.process = fork(script, [JSON.stringify(start)], {
      // Buffers cross as they are; JSON would turn a frame into base64 and cost ten times as much.
      serialization: "advanced",
      // Native libraries print to stdout; nothing of ours goes there.
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      // A debugger's port and other flags of Node-RED's process are not the engine's.
      ...childMemory(limits.memory, process.env, heap),
    });
    if (this.process.pid !== undefined) lower(this.process.pid, niceness);
    this.watchdog = new Watchdog(limits, (why) => {
      this.killedFor = why;
      // The one signal that a stopped process obeys, too.
      this.process.kill("SIGKILL");
    });
    this.process.stderr?.on("data", (chunk: Buffer) => {
      this.stderr = (this.stderr + chunk.toString("utf8")).slice(-STDERR_KEPT);
    });
    this.process.on("message", (received) => {
      const message = received as FromEngine;
      this.watchdog.heard();
      if (message.kind === "ready") this.watchdog.ready();
      if (message.kind !== "beat") events.message(message);
    });
    const end = (how: string) => {
      if (this.ended) return;
      this.ended = true;
      this.watchdog.stop();
      const said = this.lastWords();
      events.exit(this.killedFor ?? (said ? `${how}; it said: ${said}` : how));
    };
    this.process.on("error", (error) => end(`it could not be started: ${error.message}`));
    this.process.on("exit", (code, signal) => end(signal ? nameSignal(signal) : `exit code ${code}`));
    this.idle();
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  /** @returns BAD_REQUEST where the message is one that cannot travel */
  send(message: ToEngine): GoldenSampleError | undefined {
    if (this.ended || !this.process.connected) return undefined;
    try {
      // A failed send means that the process is ending; its exit event settles what is open.
      this.process.send(message, undefined, undefined, () => undefined);
      return undefined;
    } catch (thrown) {
      return toGoldenSampleError(
        thrown,
        "BAD_REQUEST",
        sentence`[requestNotSent] The request cannot be sent to the inference process`,
      );
    }
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

  /** Ends the process: politely, and by force should it not hear. */
  end(): void {
    if (this.ended) return;
    this.watchdog.stop();
    if (this.process.connected) this.process.disconnect();
    const force = setTimeout(() => this.process.kill("SIGKILL"), 3000);
    force.unref();
    this.process.once("exit", () => clearTimeout(force));
  }

  /** Ends the process at once. */
  kill(): void {
    if (!this.ended) this.process.kill("SIGKILL");
  }

  private lastWords(): string | undefined {
    const lines = this.stderr.split("\n").map((line) => line.trim());
    const line = lines.filter((text) => TELLING.test(text)).at(-1) ?? lines.filter((text) => text !== "").at(-1);
    return line?.replace("golden-sample: ", "").slice(0, 200);
  }
}

/** Nobody but the system, or somebody at the machine, uses this one. */
const nameSignal = (signal: string) =>
  signal === "SIGKILL" ? "ended by SIGKILL, as the system does when memory runs out" : `ended by ${signal}`;

function lower(pid: number, niceness: number): void {
  try {
    setPriority(pid, Math.min(constants.priority.PRIORITY_LOW, getPriority() + niceness));
  } catch {
    // It has ended already, or the system does not allow it: the engine works all the same.
  }
}

/** Pools of glibc, by default eight a core. What threads free stays in theirs: a process with many grew for hours. */
const ARENAS = "2";
/**
 * Bytes from which glibc gives freed memory back to the system. Left to itself it raises the bound to whatever was freed
 * last, and the compiler's memory, the tensors and pictures of a moment stay in the process for good.
 */
const RETURNED_AT_ONCE = { MALLOC_MMAP_THRESHOLD_: "32768", MALLOC_TRIM_THRESHOLD_: "131072" };

/**
 * What V8 may gather before it first collects everything: megabytes. By its own measure, a heap of a dozen, it did so in two
 * of three frames that came one after the other, a quarter of their time, for what a frame leaves behind is outside the heap.
 */
const GATHERED_MB = 128;

/** Which part of the plan's heap is a process'. */
export type HeapShare = "heap" | "trainerHeap";

/**
 * What bounds a process before it starts.
 * @param megabytes that the engine and its trainer may take together; absent: as the environment says, else what they need
 * @throws {GoldenSampleError} BAD_REQUEST where the budget cannot be used
 */
export function childMemory(
  megabytes: number | undefined,
  env: NodeJS.ProcessEnv = process.env,
  heap: HeapShare = "heap",
): { env: NodeJS.ProcessEnv; execArgv: string[] } {
  const budget = megabytes === undefined ? memoryBudget(env) : checkMemory(megabytes, "Memory");
  const bounded = { ...env, MALLOC_ARENA_MAX: env.MALLOC_ARENA_MAX ?? ARENAS };
  // Each frame leaves megabytes outside the heap behind, which only a collection frees (collect-garbage.ts).
  const collects = "--expose-gc";
  if (budget === undefined) return { env: bounded, execArgv: [collects, `--initial-old-space-size=${GATHERED_MB}`] };
  const plan = planMemory(budget);
  return {
    env: { ...RETURNED_AT_ONCE, ...bounded, [MEMORY_VARIABLE]: String(budget) },
    execArgv: [
      `--max-old-space-size=${plan[heap]}`,
      collects,
      "--max-semi-space-size=1",
      plan.optimisedPortable ? "--wasm-num-compilation-tasks=1" : "--liftoff-only",
    ],
  };
}

export interface WatchdogLimits {
  /** Milliseconds without a sign of life after which a process that was ready is taken for hung. */
  silence: number;
  /** Milliseconds a process may take to get ready: loading native libraries on a small machine takes its time. */
  start: number;
}

/**
 * Notices an engine process that is there and does nothing: stopped, or its main thread caught somewhere. That thread
 * runs no model (those have threads of their own), so it is never silent for long; loading a model does not count.
 */
export class Watchdog {
  private last = performance.now();
  private looked = performance.now();
  private isReady = false;
  private readonly timer: NodeJS.Timeout;

  /** @param onHung called once, with what to say of it */
  constructor(limits: WatchdogLimits, onHung: (why: string) => void) {
    this.timer = setInterval(() => {
      const now = performance.now();
      // This process was late itself (busy, or the machine slept): what came meanwhile has not been read yet.
      const wasAway = now - this.looked > 2 * BEAT;
      this.looked = now;
      if (wasAway) this.last = Math.max(this.last, now - BEAT);
      const limit = this.isReady ? limits.silence : limits.start;
      if (now - this.last <= limit) return;
      this.stop();
      onHung(`it gave no sign of life for ${Math.round(limit / 1000)} s`);
    }, BEAT);
    // Watching keeps nobody alive.
    this.timer.unref();
  }

  /** Something came from the process. */
  heard(): void {
    this.last = performance.now();
  }

  ready(): void {
    this.isReady = true;
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
