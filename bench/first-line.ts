import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Interface } from "node:readline";

/** Characters of what a program said last. */
const LAST = 500;

/**
 * The first line that a program says.
 * @param lines of its standard output
 * @throws Error with the last line of its standard error where it ends without one
 */
export async function firstLine(child: ChildProcess, lines: Interface): Promise<string> {
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-LAST);
  });
  const first = await Promise.race([once(lines, "line"), once(child, "close").then(() => undefined)]);
  if (first === undefined) throw new Error(said.trim().split("\n").at(-1) || `${child.spawnfile} ended without a word`);
  return String(first[0]);
}
