import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { runCommand } from "../../cli/run-command";
import { ROOT } from "./shared-data";

/**
 * Runs the command line in this process, where all commands of a test file have one engine: each of its own would start
 * one. That the program does the same is looked at where `program` is run.
 */
export async function command(...words: string[]) {
  let [stdout, stderr] = ["", ""];
  const status = await runCommand(words, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
  });
  return { status, stdout, stderr, lines: stdout.split("\n").filter((line) => line !== "") };
}

/** Runs the program as its user would. */
export function program(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, "dist", "cli", "golden-sample.js"), ...args],
    { encoding: "utf8", timeout: 120_000, env: { ...process.env, ...env } },
  );
  return { status, stdout, stderr, lines: stdout.split("\n").filter((line) => line !== "") };
}

/** One line of what a command writes with `--json`. */
export const json = (line: string | undefined) => JSON.parse(line!) as Record<string, unknown>;
