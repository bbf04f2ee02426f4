import { Worker } from "node:worker_threads";
import type { BackboneSpec } from "../../backbone/backbone";
import { type ErrorCode, toGoldenSampleError } from "../../errors";
import { loadOnnxRuntime } from "../../runtime/onnxruntime";
import { type DeviceFigures, measureDevice } from "./measure-device";

/** What a probe is started with; one argument, as JSON. */
export interface ProbeTask {
  spec: BackboneSpec;
  /** Milliseconds after which the probe ends itself. */
  limit: number;
}

export type ProbeAnswer = { figures: DeviceFigures } | { error: { code: ErrorCode; reason: string } };

/**
 * One device's self-test in a process of its own, because a driver that does not work may crash or hang it. Should
 * whoever started it be gone by then, it still ends: a thread watches the clock, which native code cannot block.
 */
async function main(): Promise<void> {
  const { spec, limit } = JSON.parse(process.argv[2] ?? "") as ProbeTask;
  new Worker(`setTimeout(() => process.kill(process.pid, "SIGKILL"), ${limit})`, { eval: true }).unref();
  process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
  const answer = (message: ProbeAnswer) => process.send?.(message, undefined, undefined, () => process.exit(0));
  try {
    answer({ figures: await measureDevice(loadOnnxRuntime(), spec) });
  } catch (thrown) {
    const context = `The device "${spec.device}" does not run the backbone`;
    const { code, message } = toGoldenSampleError(thrown, "DEVICE_UNAVAILABLE", context);
    // A device whose self-test computes wrong is one that cannot be had.
    answer({ error: { code: code === "RUNTIME_UNAVAILABLE" ? "DEVICE_UNAVAILABLE" : code, reason: message } });
  }
}

if (require.main === module) void main();
