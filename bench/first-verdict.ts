import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { firstLine } from "./first-line";
import { treePeakMegabytes } from "./process-tree";

const LOOK = 10;

export interface FirstVerdict {
  /** Milliseconds from the start of the process. */
  start: number;
  /** Resident memory of it and all its processes until then, each at its most. */
  megabytes: number;
}

/**
 * A fresh process until the first line on its standard output, and to its end.
 * @throws Error with the last it said where it ends without one
 */
export async function firstVerdict(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<FirstVerdict> {
  const begun = performance.now();
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let megabytes = 0;
  const look = () => {
    megabytes = Math.max(megabytes, treePeakMegabytes(child.pid!) || 0);
  };
  const timer = setInterval(look, LOOK);
  const ended = once(child, "close");
  try {
    await firstLine(child, createInterface({ input: child.stdout }));
    const start = performance.now() - begun;
    look();
    return { start, megabytes: megabytes || Number.NaN };
  } finally {
    clearInterval(timer);
    await ended;
  }
}
