import { fork } from "node:child_process";
import { Worker } from "node:worker_threads";
import type { BackboneSpec } from "../../backbone/backbone";
import { isBuiltIn } from "../../backbone/built-in/names";
import { loadBackbone } from "../../backbone/load";
import type { PatchTokens } from "../../backbone/patch-tokens";
import { precisionOf } from "../../backbone/precision";
import type { InputTensor } from "../../backbone/preprocess";
import { type ErrorCode, GoldenSampleError, toGoldenSampleError } from "../../errors";
import { loadOnnxRuntime } from "../../runtime/onnxruntime";
import { selfTest } from "../../runtime/self-test";
import type { InferenceRuntime } from "../../runtime/types";
import { type Sentence, sentence } from "../../sentence";

/** What a device's self-test found. */
export interface DeviceFigures {
  /** Least cosine similarity of a patch token to the same token computed on the CPU. */
  cosine: number;
  /** Of one inference, after the first. */
  milliseconds: number;
  cpuMilliseconds: number;
}

/** Cosine below which tokens are not the CPU's: rounding moves them by far less. */
const LEAST_COSINE = { fp32: 0.999, fp16: 0.99, int8: 0.99 } as const;

/**
 * Finds out whether a device computes what the CPU computes: first a small graph, of which nothing may run on the CPU,
 * then the backbone itself on a test pattern.
 * @throws {GoldenSampleError} DEVICE_UNAVAILABLE where it cannot be had or computes wrong; BAD_BACKBONE where the model
 *   does not run on the CPU either
 */
async function measureDevice(runtime: InferenceRuntime, spec: BackboneSpec): Promise<DeviceFigures> {
  const { device, deviceIndex } = spec;
  await selfTest(runtime, { device, deviceIndex, strict: true });
  const cpu = await timeTokens(runtime, { ...spec, device: "cpu", deviceIndex: 0 });
  const found = await timeTokens(runtime, spec);
  const cosine = leastCosine(found.tokens, cpu.tokens);
  const least = LEAST_COSINE[isBuiltIn(spec.model) ? "fp32" : precisionOf(spec.model)];
  // NaN compares as false.
  if (!(cosine >= least)) {
    throw new GoldenSampleError(
      "DEVICE_UNAVAILABLE",
      sentence`[deviceWrong] The device "${{ device }}" computes other patch tokens than the CPU (cosine ${{ cosine: cosine.toFixed(4) }}, at least ${{ least }} is needed): update its driver, or choose "cpu".`,
    );
  }
  return { cosine, milliseconds: found.milliseconds, cpuMilliseconds: cpu.milliseconds };
}

/** Loads a backbone, runs it on a test pattern and times the second run. */
export async function timeTokens(runtime: InferenceRuntime, spec: BackboneSpec) {
  // What the model is called and its hash are of no use here.
  const backbone = await loadBackbone(runtime, spec, { id: spec.model, sha256: "" });
  try {
    const { size, resolution } = backbone.info;
    const side = size.kind === "fixed" ? 0 : Math.max(1, Math.floor(resolution / size.multiple)) * size.multiple;
    const input = pattern(size.kind === "fixed" ? size : { height: side, width: side });
    // The first run allocates, and on a GPU compiles.
    const tokens = await backbone.features(input);
    const start = performance.now();
    await backbone.features(input);
    return { tokens, milliseconds: performance.now() - start };
  } finally {
    await backbone.release();
  }
}

/** Waves of many lengths: every patch differs from the others, in the range of normalised pixels. */
function pattern({ height, width }: { height: number; width: number }): InputTensor {
  const data = Float32Array.from({ length: 3 * height * width }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return 2 * Math.sin(0.13 * x + 0.0007 * x * y) * Math.cos(0.11 * y) + 0.3 * Math.sin(1.7 * x + 2.3 * y);
  });
  return { height, width, data };
}

function leastCosine(a: PatchTokens, b: PatchTokens): number {
  const { dimension } = b;
  if (a.data.length !== b.data.length) return Number.NaN;
  let least = 1;
  for (let start = 0; start < b.data.length; start += dimension) {
    let [ab, aa, bb] = [0, 0, 0];
    for (let i = start; i < start + dimension; i++) {
      ab += a.data[i]! * b.data[i]!;
      aa += a.data[i]! ** 2;
      bb += b.data[i]! ** 2;
    }
    // Two tokens of zeros are alike.
    const cosine = aa === 0 && bb === 0 ? 1 : ab / Math.sqrt(aa * bb);
    if (!(cosine >= least)) least = cosine;
  }
  return least;
}

/** What came of a device's self-test; the reason is a sentence. */
export type Verdict = { passed: true; figures: DeviceFigures } | { passed: false; reason: Sentence; code: ErrorCode };

/** What a probe is started with; one argument, as JSON. */
interface ProbeTask {
  spec: BackboneSpec;
  /** Milliseconds after which the probe ends itself. */
  limit: number;
}

type ProbeAnswer = { figures: DeviceFigures } | { error: { code: ErrorCode; reason: Sentence } };

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
        const reason = late
          ? sentence`[deviceNoAnswer] The device "${{ device }}" gave no answer within ${{ seconds: limit / 1000 }} s: update its driver, or choose "cpu".`
          : sentence`[deviceEnded] The device "${{ device }}" ended its self-test's process (${{ how: said ? `${how}; ${said}` : how }}): update its driver, or choose "cpu".`;
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
    const error = toGoldenSampleError(thrown, "DEVICE_UNAVAILABLE", context);
    const { code, sentence: reason = sentence`[failed] ${{ task: context }}: ${{ why: error.message }}` } = error;
    // A device whose self-test computes wrong is one that cannot be had.
    answer({ error: { code: code === "RUNTIME_UNAVAILABLE" ? "DEVICE_UNAVAILABLE" : code, reason } });
  }
}

if (require.main === module) void main();
