import { firstSentence, GoldenSampleError } from "../errors";
import { availableThreads } from "./available-threads";
import type { Device, InferenceRuntime, Session, SessionOptions, Tensor, ValueInfo } from "./types";

type Ort = typeof import("onnxruntime-node");
type OrtSession = import("onnxruntime-node").InferenceSession;

/** onnxruntime's own names of our devices; `auto` is the CPU until devices are self-tested. */
const PROVIDER: Record<Device, string> = {
  auto: "cpu",
  cpu: "cpu",
  cuda: "cuda",
  webgpu: "webgpu",
  directml: "dml",
  coreml: "coreml",
  // Never in its list: remote models do not come through here.
  remote: "remote",
};

/**
 * Loads onnxruntime-node.
 * @throws {GoldenSampleError} RUNTIME_UNAVAILABLE where its native binary is missing or does not fit this machine.
 */
export function loadOnnxRuntime(): InferenceRuntime {
  let ort: Ort;
  // Its Linux build reports to Microsoft and leaves a device id in the home directory unless told not to.
  process.env.ORT_DISABLE_TELEMETRY ??= "1";
  try {
    // Required here, not imported above: a machine without a fitting binary must get our sentence, not a linker's.
    ort = require("onnxruntime-node") as Ort;
  } catch (thrown) {
    throw new GoldenSampleError(
      "RUNTIME_UNAVAILABLE",
      `onnxruntime-node cannot be loaded on ${process.platform}-${process.arch} (${firstSentence(thrown)}): ` +
        "it needs 64-bit glibc Linux, Windows or Apple silicon; on Alpine use a Debian-based Node-RED image, " +
        "on Windows install the Microsoft Visual C++ Redistributable.",
      { cause: thrown },
    );
  }
  return {
    name: "onnxruntime-node",
    createSession: (model, options) => createSession(ort, model, options),
  };
}

async function createSession(ort: Ort, model: string | Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const device = options.device ?? "auto";
  const provider = PROVIDER[device];
  // onnxruntime drops a provider it does not know with a console warning and runs on the CPU instead.
  if (!ort.listSupportedBackends().some((backend) => backend.name === provider)) {
    throw new GoldenSampleError(
      "DEVICE_UNAVAILABLE",
      `The device "${device}" is not available on ${process.platform}-${process.arch}: choose "auto" or "cpu".`,
    );
  }
  const settings = {
    executionProviders: [provider],
    intraOpNumThreads: options.threads || availableThreads(),
    logSeverityLevel: 3 as const,
    // Two sessions used in turn disturb each other when idle threads spin: the second took twice as long.
    extra: { "session.intra_op.allow_spinning": "0" },
  };
  let session: OrtSession;
  try {
    session =
      typeof model === "string"
        ? await ort.InferenceSession.create(model, settings)
        : await ort.InferenceSession.create(model, settings);
  } catch (thrown) {
    if (provider !== "cpu") {
      throw new GoldenSampleError(
        "DEVICE_UNAVAILABLE",
        `The device "${device}" could not be started (${firstSentence(thrown)}): install its driver and libraries, or choose "cpu".`,
        { cause: thrown },
      );
    }
    throw thrown;
  }
  return wrap(ort, session, device === "auto" ? "cpu" : device);
}

function wrap(ort: Ort, session: OrtSession, device: Device): Session {
  let running: Promise<unknown> = Promise.resolve();
  let released: Promise<void> | undefined;
  return {
    device,
    inputs: session.inputMetadata.map(describe),
    outputs: session.outputMetadata.map(describe),
    async run(feeds, fetches) {
      if (released)
        throw new GoldenSampleError("ENGINE_CLOSED", "The model was unloaded while a frame was waiting for it.");
      const inputs = Object.fromEntries(
        Object.entries(feeds).map(([name, tensor]) => [name, new ort.Tensor(tensor.type, tensor.data, tensor.dims)]),
      );
      const run = fetches ? session.run(inputs, [...fetches]) : session.run(inputs);
      running = run.catch(() => undefined);
      const outputs = await run;
      return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, toTensor(value)]));
    },
    release() {
      // A second native release throws, and so does a release under a run.
      released ??= running.then(() => session.release());
      return released;
    },
  };
}

type OrtMetadata = OrtSession["inputMetadata"][number];

function describe(meta: OrtMetadata): ValueInfo {
  return meta.isTensor
    ? { name: meta.name, type: meta.type, dims: meta.shape }
    : { name: meta.name, type: "other", dims: [] };
}

function toTensor(value: import("onnxruntime-node").Tensor): Tensor {
  const dims = value.dims;
  switch (value.type) {
    case "float32":
      return { type: "float32", data: value.data as Float32Array, dims };
    case "float16":
      return { type: "float16", data: value.data as unknown as Uint16Array, dims };
    case "int64":
      return { type: "int64", data: value.data as BigInt64Array, dims };
    case "uint8":
      return { type: "uint8", data: value.data as Uint8Array, dims };
    default:
      throw new GoldenSampleError(
        "BAD_BACKBONE",
        `The model puts out ${value.type} values, which no backbone does: export it with float outputs.`,
      );
  }
}
