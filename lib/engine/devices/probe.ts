import { fork } from "node:child_process";
import { Worker } from "node:worker_threads";
import type { BackboneSpec } from "../../backbone/backbone";
import { type ErrorCode, toGoldenSampleError } from "../../errors";
import { loadOnnxRuntime } from "../../runtime/onnxruntime";
import { sentence } from "../../sentence";
import { type DeviceFigures, measureDevice } from "./measure-device";

/** What came of a device's self-test; the reason is a sentence. */
export type Verdict = { passed: true; figures: DeviceFigures } | { passed: false; reason: string; code: ErrorCode };

/** What a probe is started with; one argument, as JSON. */
interface ProbeTask {
  spec: BackboneSpec;
  /** Milliseconds after which the probe ends itself. */
  limit: number;
}

type ProbeAnswer = { figures: DeviceFigures } | { error: { code: ErrorCode; reason: string } };

const STDERR_KEPT = 2000;

/**
 * Runs a device's self-test in a process of its own: whatever its driver does there, this process goes on.
 * @param limit milliseconds
 */
export function probe(spec: BackboneSpec, limit: number): Promise<Verdict> {
  const task: ProbeTask = { spec, limit };
  const { device } = spec;
  return new Promise((resolve) => {
    const child = fork(__filename, [JSON.stringify(task)], {
      // Native libraries print to stdout.
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      execArgv: [],
    });
    const endChild = () => child.kill("SIGKILL");
    process.once("exit", endChild);
    let stderr = "";
    let late = false;
    let answer: ProbeAnswer | undefined;
    const timer = setTimeout(() => {
      late = true;
      endChild();
    }, limit);
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr = (stderr + chunk.toString("utf8")).slice(-STDERR_KEPT);
    });
    child.on("message", (message) => {
      answer = message as ProbeAnswer;
    });
    const end = (how: string) => {
      clearTimeout(timer);
      process.off("exit", endChild);
      const said = stderr.trim().split("\n").at(-1)?.trim().slice(0, 200);
      if (answer && "figures" in answer) resolve({ passed: true, figures: answer.figures });
      else if (answer) resolve({ passed: false, ...answer.error });
      else {
        const why = late
          ? `gave no answer within ${limit / 1000} s`
          : `ended its self-test's process (${how}${said ? `; it said: ${said}` : ""})`;
        const reason = `The device "${device}" ${why}: update its driver, or choose "cpu".`;
        resolve({ passed: false, reason, code: "DEVICE_UNAVAILABLE" });
      }
    };
    child.on("error", (error) => end(error.message));
    child.on("exit", (code, signal) => end(signal ?? `exit code ${code}`));
  });
}

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
    const context = sentence`[deviceDoesNotRun] The device "${{ device: spec.device }}" does not run the backbone`;
    const { code, message } = toGoldenSampleError(thrown, "DEVICE_UNAVAILABLE", context);
    // A device whose self-test computes wrong is one that cannot be had.
    answer({ error: { code: code === "RUNTIME_UNAVAILABLE" ? "DEVICE_UNAVAILABLE" : code, reason: message } });
  }
}

if (require.main === module) void main();
