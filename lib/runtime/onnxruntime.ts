import { dirname, resolve } from "node:path";
import { firstSentence, GoldenSampleError } from "../errors";
import { sentence } from "../sentence";
import { availableThreads } from "./available-threads";
import { explainLoadFailure, failureSentence } from "./load-failure";
import { memoryPlan } from "./memory-plan";
import { wrapSession } from "./onnxruntime-session";
import type { Device, InferenceRuntime, Session, SessionOptions } from "./types";

type Ort = typeof import("onnxruntime-node");
type OrtSession = import("onnxruntime-node").InferenceSession;

/** onnxruntime's own names of our devices. */
const PROVIDER: Partial<Record<Device, string>> = {
  cpu: "cpu",
  cuda: "cuda",
  tensorrt: "tensorrt",
  webgpu: "webgpu",
  directml: "dml",
  coreml: "coreml",
};
/** Providers that take the number of a device; the others have the system's first, whatever is asked. */
const INDEXED: readonly Device[] = ["cuda", "tensorrt", "directml"];

/** Names another module to load in place of onnxruntime-node: a build of one's own, or a test's. */
export const NATIVE_MODULE = "GOLDEN_SAMPLE_NATIVE";

/**
 * Loads the native runtime, onnxruntime-node.
 * @throws {GoldenSampleError} RUNTIME_UNAVAILABLE where its native binary is missing or does not fit this machine,
 *   with the remedy for this machine
 */
export function loadOnnxRuntime(): InferenceRuntime {
  let ort: Ort;
  // Its Linux build reports to Microsoft and leaves a device id in the home directory unless told not to.
  process.env.ORT_DISABLE_TELEMETRY ??= "1";
  try {
    // Required here, not imported above: a machine without a fitting binary must get our sentence, not a linker's.
    ort = require(process.env[NATIVE_MODULE] || "onnxruntime-node") as Ort;
    const devices = reported(ort);
    return {
      name: "native",
      version: ort.env.versions.node ?? ort.env.versions.common,
      devices,
      createSession: (model, options) => createSession(ort, devices, model, options),
    };
  } catch (thrown) {
    throw new GoldenSampleError("RUNTIME_UNAVAILABLE", failureSentence(explainLoadFailure(thrown)), { cause: thrown });
  }
}

function reported(ort: Ort): Device[] {
  const names = ort.listSupportedBackends().map((backend) => backend.name);
  return (Object.keys(PROVIDER) as Device[]).filter((device) => names.includes(PROVIDER[device]!));
}

async function createSession(
  ort: Ort,
  devices: readonly Device[],
  model: string | Uint8Array,
  options: SessionOptions = {},
): Promise<Session> {
  const device = options.device === undefined || options.device === "auto" ? "cpu" : options.device;
  mustBeThere(device, options.deviceIndex ?? 0, devices);
  const name = PROVIDER[device]!;
  const arena = memoryPlan()?.arena ?? true;
  const settings = {
    executionProviders: [INDEXED.includes(device) ? { name, deviceId: options.deviceIndex ?? 0 } : name],
    intraOpNumThreads: options.threads || availableThreads(),
    enableCpuMemArena: arena,
    enableMemPattern: arena,
    logSeverityLevel: 3 as const,
    extra: {
      // Two sessions used in turn disturb each other when idle threads spin: the second took twice as long.
      "session.intra_op.allow_spinning": "0",
      ...(options.weights !== undefined && {
        "session.model_external_initializers_file_folder_path": dirname(resolve(options.weights)),
      }),
      ...(options.strict && { "session.disable_cpu_ep_fallback": "1" }),
    },
  };
  let session: OrtSession;
  try {
    session =
      typeof model === "string"
        ? await ort.InferenceSession.create(model, settings)
        : await ort.InferenceSession.create(model, settings);
  } catch (thrown) {
    if (device === "cpu") throw thrown;
    throw new GoldenSampleError(
      "DEVICE_UNAVAILABLE",
      sentence`[deviceNotStarted] The device "${{ device }}" could not be started (${{ why: firstSentence(tidy(thrown)) }}): install its driver and libraries, or choose "cpu".`,
      { cause: thrown },
    );
  }
  return wrapSession(ort, session, device);
}

/** Without the place in the source and the condition before what there is to say. */
function tidy(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return message
    .replace(/^.* was false\. /, "")
    .trim()
    .replace(/\.$/, "");
}

/** onnxruntime drops a provider it does not know with a console warning and runs on the CPU instead. */
function mustBeThere(device: Device, index: number, devices: readonly Device[]): void {
  if (!devices.includes(device)) {
    throw new GoldenSampleError(
      "DEVICE_UNAVAILABLE",
      sentence`[deviceNotAvailable] The device "${{ device }}" is not available on ${{ platform: process.platform }}-${{ architecture: process.arch }}: choose "auto" or "cpu".`,
    );
  }
  if (index > 0 && !INDEXED.includes(device)) {
    throw new GoldenSampleError(
      "DEVICE_UNAVAILABLE",
      sentence`[deviceNumber] The device "${{ device }}" has no number ${{ number: index }}: only ${{ devices: INDEXED.join(", ") }} have several; set the device index to 0.`,
    );
  }
}
