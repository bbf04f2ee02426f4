import { writeSync } from "node:fs";
import { type GoldenSampleError, toGoldenSampleError } from "../errors";
import { chooseRuntime } from "../runtime/choose";
import { collectGarbage } from "../runtime/collect-garbage";
import { guardedRuntime } from "../runtime/guarded-runtime";
import { threadedRuntime } from "../runtime/threads/threaded-runtime";
import type { InferenceRuntime } from "../runtime/types";
import type { BuildProgress, Method, Responses } from "./api";
import { readRequest } from "./api/read-request";
import { createHandlers } from "./create-handlers";
import { DevicePlacer } from "./devices/placer";
import type { Handlers, Handling } from "./handling";
import { engineStart, type RuntimeFacts } from "./ipc/start";
import { BEAT } from "./ipc/watchdog";
import { type FromEngine, type ToEngine, toWire } from "./ipc/wire";

/**
 * The engine process: started by the client, answers calls over IPC, ends with its parent. It stands apart because a
 * native crash ends the process it happens in. Backbones run in threads of their own, so that this one always hears.
 */
async function main(): Promise<void> {
  const send = (message: FromEngine) => {
    // The parent may be gone while a frame was computed; there is nobody left to tell.
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  process.on("disconnect", end);
  // Ctrl-C in a terminal reaches the whole group; the parent decides when we end.
  process.on("SIGINT", () => undefined);
  setInterval(() => send({ kind: "beat" }), BEAT);

  let handlers: Handlers;
  let facts: RuntimeFacts;
  try {
    const start = engineStart.parse(JSON.parse(process.argv[2] ?? "{}"));
    const threaded = (runtime: InferenceRuntime) => guardedRuntime(threadedRuntime(runtime, fail), fail);
    const { runtime, reason } = await chooseRuntime(start, threaded);
    handlers = createHandlers(runtime, {
      backboneRuntime: runtime.name === "native" ? threaded(runtime) : runtime,
      placer: new DevicePlacer(runtime, {
        runtimeReason: reason,
        known: start.verdicts,
        onVerdict: (key, verdict) => send({ kind: "verdict", key, verdict }),
      }),
    });
    facts = { name: runtime.name, version: runtime.version, ...(reason !== undefined && { reason }) };
  } catch (thrown) {
    const error = toGoldenSampleError(thrown, "RUNTIME_UNAVAILABLE", "The engine could not start");
    send({ kind: "unavailable", error: toWire(error) });
    return;
  }

  const running = new Map<number, AbortController>();
  process.on("message", (message: ToEngine) => {
    if (message.kind === "cancel") running.get(message.id)?.abort();
    else void answer(message);
  });
  send({ kind: "ready", runtime: facts });

  async function answer({ id, method, request }: Extract<ToEngine, { kind: "call" }>): Promise<void> {
    const abort = new AbortController();
    running.set(id, abort);
    try {
      const handling = {
        signal: abort.signal,
        onProgress: (progress: BuildProgress) => send({ kind: "progress", id, progress }),
      };
      send({ kind: "result", id, result: await dispatch(handlers, method, request, handling) });
    } catch (thrown) {
      send({ kind: "error", id, error: toWire(explain(thrown, method)) });
    } finally {
      running.delete(id);
      setImmediate(collectGarbage);
    }
  }
}

/** Ends this process at once: an orderly exit would wait for threads in native code, and abort in the end. */
function end(): void {
  process.kill(process.pid, "SIGKILL");
}

/** Nothing but a new process can go on. What is under way is sent again to that one. */
function fail(why: string): void {
  writeSync(process.stderr.fd, `golden-sample: ${why}\n`);
  end();
}

/** The schema that parses the request is the one its handler's type is made of; the compiler cannot follow that pairing. */
function dispatch(handlers: Handlers, method: Method, request: unknown, handling: Handling) {
  const parsed: unknown = readRequest(method, request);
  const handle = handlers[method] as (request: unknown, handling: Handling) => Promise<Responses[Method]>;
  return handle(parsed, handling);
}

function explain(thrown: unknown, method: Method): GoldenSampleError {
  return toGoldenSampleError(thrown, "INTERNAL", `The engine failed in "${method}"`);
}

void main();
