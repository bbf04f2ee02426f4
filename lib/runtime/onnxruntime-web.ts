import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { firstSentence, GoldenSampleError } from "../errors";
import { sentence } from "../sentence";
import { availableThreads } from "./available-threads";
import { memoryPlan } from "./memory-plan";
import { externalDataFiles } from "./onnx-external-data";
import { wrapSession } from "./onnxruntime-session";
import type { InferenceRuntime, Session, SessionOptions } from "./types";

type Ort = typeof import("onnxruntime-web");

/**
 * Loads the portable runtime: the WebAssembly build of onnxruntime-web, which runs wherever Node does, with nothing
 * native to load. Its files are read from the package; nothing is fetched. Threads are workers on shared memory, one
 * pool for all sessions, and keep no process alive.
 * @param threads of the pool; 0: as many as this process may keep busy. Only the first call in a process decides.
 * @throws {GoldenSampleError} RUNTIME_UNAVAILABLE where the package is missing
 */
export function loadPortableRuntime(threads = 0): InferenceRuntime {
  let ort: Ort;
  try {
    ort = requireApart();
  } catch (thrown) {
    throw new GoldenSampleError(
      "RUNTIME_UNAVAILABLE",
      sentence`[portableUnloadable] The portable runtime cannot be loaded (${{ why: firstSentence(thrown) }}): run npm install --ignore-scripts onnxruntime-web in Node-RED's user directory.`,
      { cause: thrown },
    );
  }
  // Its own choice is half of the cores, at most four.
  ort.env.wasm.numThreads ??= threads > 0 ? threads : availableThreads();
  ort.env.logLevel = "error";
  return {
    name: "portable",
    version: ort.env.versions.web ?? ort.env.versions.common,
    devices: ["cpu"],
    createSession: (model, options) => createSession(ort, model, options),
  };
}

/**
 * Both packages register themselves with onnxruntime-common, in whose list the first "cpu" stays for good: in a process
 * that loads both, native sessions would silently run as WebAssembly. So this one gets an instance of its own.
 */
function requireApart(): Ort {
  const isShared = (file: string) => /[\\/]onnxruntime-common[\\/]/.test(file);
  const take = () => {
    const entries = Object.entries(require.cache).filter(([file]) => isShared(file));
    for (const [file] of entries) delete require.cache[file];
    return entries;
  };
  const others = take();
  try {
    return require("onnxruntime-web") as Ort;
  } finally {
    take();
    for (const [file, module] of others) require.cache[file] = module;
  }
}

async function createSession(ort: Ort, model: string | Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const { device = "cpu", deviceIndex = 0 } = options;
  if ((device !== "cpu" && device !== "auto") || deviceIndex > 0) {
    throw new GoldenSampleError(
      "DEVICE_UNAVAILABLE",
      sentence`[portableCpuOnly] The portable runtime has no device but the CPU: choose "cpu", or the runtime "native" for "${{ device }}".`,
    );
  }
  // WebAssembly's memory never shrinks: without pools of their own, sessions use one another's room.
  const arena = memoryPlan()?.arena ?? true;
  const settings = {
    executionProviders: ["wasm"],
    logSeverityLevel: 3 as const,
    enableCpuMemArena: arena,
    enableMemPattern: arena,
  };
  const { weights } = options;
  const session =
    typeof model === "string"
      ? await ort.InferenceSession.create(await bytesOf(model), {
          ...settings,
          externalData: await externalDataOf(model),
        })
      : await ort.InferenceSession.create(model, {
          ...settings,
          ...(weights !== undefined && { externalData: [await itself(weights), ...(await externalDataOf(weights))] }),
        });
  return wrapSession(ort, session as unknown as import("onnxruntime-node").InferenceSession, "cpu");
}

/** WebAssembly has no file system: weights in files of their own are handed over by the names the model gives them. */
function externalDataOf(model: string): Promise<{ path: string; data: Uint8Array }[]> {
  return Promise.all(
    externalDataFiles(model).map(async (path) => ({ path, data: await bytesOf(join(dirname(model), path)) })),
  );
}

/** A file by the name that a model beside it gives it. */
const itself = async (path: string) => ({ path: basename(path), data: await bytesOf(path) });

/** Read here, for onnxruntime-web would hold a file in memory twice until the first run. */
const bytesOf = (path: string): Promise<Uint8Array> => readFile(path);
