import { runCommand } from "../../cli/run-command";

/**
 * Runs the command line in this process, where all commands of a test file have one engine: each of its own would start
 * one. That the program does the same is looked at in golden-sample.test.ts.
 */
export async function command(...words: string[]) {
  let [stdout, stderr] = ["", ""];
  const status = await runCommand(words, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
  });
  return { status, stdout, stderr, lines: stdout.split("\n").filter((line) => line !== "") };
}
