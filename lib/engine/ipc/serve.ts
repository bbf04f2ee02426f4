import { writeSync } from "node:fs";
import type { z } from "zod";
import { firstSentence, GoldenSampleError, toGoldenSampleError } from "../../errors";
import { chooseRuntime } from "../../runtime/choose";
import { GarbageCollector } from "../../runtime/collect-garbage";
import { guardedRuntime } from "../../runtime/guarded-runtime";
import { threadedRuntime } from "../../runtime/threads/threaded-runtime";
import type { InferenceRuntime } from "../../runtime/types";
import { type Sentence, saidOf, sentence } from "../../sentence";
import type { Verdict } from "../devices/probe";
import { type Method, type Responses, type RuntimeFacts, readRequest } from "../requests";
import type { CallHandling } from "../requests/request";
import { BEAT, engineStart, type FromEngine, fromWire, type ToEngine, toWire } from "./wire";

/** What a process answers calls with. */
export interface Service {
  answer: (method: Method, request: unknown, handling: CallHandling) => Promise<Responses[Method]>;
  /** What is to be ended with this process. */
  end?: () => void;
}

/** What a process finds at its start. */
export interface Surroundings {
  start: z.output<typeof engineStart>;
  runtime: InferenceRuntime;
  /** The same, each session in a thread of its own. */
  threaded: InferenceRuntime;
  /** Why the runtime is the portable one, where nobody chose that. */
  reason: Sentence | undefined;
  onVerdict: (key: string, verdict: Verdict) => void;
}

/**
 * A process that answers calls over IPC and ends with the one that started it. It stands apart because a native crash
 * ends the process it happens in.
 * @param open called once, with the runtime loaded and tested
 */
export async function serve(open: (found: Surroundings) => Service): Promise<void> {
  const send = (message: FromEngine) => {
    // The parent may be gone while a frame was computed; there is nobody left to tell.
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  let service: Service | undefined;
  const end = () => {
    service?.end?.();
    // At once: an orderly exit would wait for threads in native code, and abort in the end.
    process.kill(process.pid, "SIGKILL");
  };
  /** Nothing but a new process can go on. What is under way is sent again to that one. */
  const fail = (why: string) => {
    writeSync(process.stderr.fd, `golden-sample: ${why}\n`);
    end();
  };
  process.on("disconnect", end);
  // Ctrl-C in a terminal reaches the whole group; the parent decides when we end.
  process.on("SIGINT", () => undefined);
  setInterval(() => send({ kind: "beat" }), BEAT);

  let facts: RuntimeFacts;
  try {
    const start = engineStart.parse(JSON.parse(process.argv[2] ?? "{}"));
    const inThreads = (runtime: InferenceRuntime) => guardedRuntime(threadedRuntime(runtime, fail), fail);
    const { runtime, reason } = await chooseRuntime(start, inThreads);
    service = open({
      start,
      runtime,
      threaded: runtime.name === "native" ? inThreads(runtime) : runtime,
      reason,
      onVerdict: (key, verdict) => send({ kind: "verdict", key, verdict }),
    });
    facts = { name: runtime.name, version: runtime.version, ...saidOf(reason) };
  } catch (thrown) {
    const error = toGoldenSampleError(
      thrown,
      "RUNTIME_UNAVAILABLE",
      sentence`[engineNotStarted] The engine could not start`,
    );
    send({ kind: "unavailable", error: toWire(error) });
    return;
  }

  const running = new Map<number, AbortController>();
  const garbage = new GarbageCollector();
  const asked = new Map<number, { resolve: (answer: never) => void; reject: (error: GoldenSampleError) => void }>();
  let lastQuestion = 0;
  process.on("message", (message: ToEngine) => {
    if (message.kind === "call") void answer(service!, message);
    else if (message.kind === "cancel") running.get(message.id)?.abort();
    else {
      const waiting = asked.get(message.number);
      asked.delete(message.number);
      if (message.kind === "answer") waiting?.resolve(message.answer as never);
      else waiting?.reject(fromWire(message.error));
    }
  });
  send({ kind: "ready", runtime: facts });

  async function answer(by: Service, { id, method, request }: Extract<ToEngine, { kind: "call" }>): Promise<void> {
    const abort = new AbortController();
    running.set(id, abort);
    garbage.begin();
    try {
      const handling: CallHandling = {
        signal: abort.signal,
        onProgress: (progress) => send({ kind: "progress", id, progress }),
        ask: (question, of) =>
          new Promise((resolve, reject) => {
            const number = ++lastQuestion;
            asked.set(number, { resolve, reject });
            send({ kind: "question", id, number, question, request: of } as FromEngine);
          }),
      };
      send({ kind: "result", id, result: await by.answer(method, readRequest(method, request), handling) });
    } catch (thrown) {
      send({ kind: "error", id, error: toWire(explain(thrown, method, request)) });
    } finally {
      running.delete(id);
      garbage.end();
    }
  }
}

/** What the system refused, of a bank's files, has to be mended where they are; all else is our own failure. */
function explain(thrown: unknown, method: Method, request: unknown): GoldenSampleError {
  const isOfBank = typeof request === "object" && request !== null && "bank" in request;
  const isRefused = thrown instanceof Error && "syscall" in thrown && "code" in thrown;
  if (isOfBank && isRefused) {
    return new GoldenSampleError(
      "BAD_BANK",
      sentence`[bankFilesRefused] The bank's files cannot be used (${{ why: firstSentence(thrown) }}): give the user that Node-RED runs as the rights to its folder, and check that the disk is there and has room.`,
      { cause: thrown },
    );
  }
  return toGoldenSampleError(
    thrown,
    "INTERNAL",
    sentence`[engineFailed] The engine failed in "${{ request: method }}"`,
  );
}
