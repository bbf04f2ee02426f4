import { fork } from "node:child_process";
import { join } from "node:path";
import type { BackboneSpec } from "../../backbone/backbone";
import type { ErrorCode } from "../../errors";
import type { DeviceFigures } from "./measure-device";
import type { ProbeAnswer, ProbeTask } from "./probe-process";

/** What came of a device's self-test; the reason is a sentence. */
export type Verdict = { passed: true; figures: DeviceFigures } | { passed: false; reason: string; code: ErrorCode };

const STDERR_KEPT = 2000;

/**
 * Runs a device's self-test in a process of its own: whatever its driver does there, this process goes on.
 * @param limit milliseconds
 */
export function probe(spec: BackboneSpec, limit: number): Promise<Verdict> {
  const task: ProbeTask = { spec, limit };
  const { device } = spec;
  return new Promise((resolve) => {
    const child = fork(join(__dirname, "probe-process.js"), [JSON.stringify(task)], {
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
