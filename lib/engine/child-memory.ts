import { checkMemory, MEMORY_VARIABLE, memoryBudget, planMemory } from "../runtime/memory-plan";

/** Pools of glibc, by default eight a core. What threads free stays in theirs: a process with many grew for hours. */
const ARENAS = "2";

/**
 * What bounds an engine process before it starts.
 * @param megabytes that it may take; absent: as the environment says, else what it needs
 * @throws {GoldenSampleError} BAD_REQUEST where the budget cannot be used
 */
export function childMemory(
  megabytes: number | undefined,
  env: NodeJS.ProcessEnv = process.env,
): { env: NodeJS.ProcessEnv; execArgv: string[] } {
  const budget = megabytes === undefined ? memoryBudget(env) : checkMemory(megabytes, "Memory");
  const bounded = { ...env, MALLOC_ARENA_MAX: env.MALLOC_ARENA_MAX ?? ARENAS };
  if (budget === undefined) return { env: bounded, execArgv: [] };
  return {
    env: { ...bounded, [MEMORY_VARIABLE]: String(budget) },
    execArgv: [
      `--max-old-space-size=${planMemory(budget).heap}`,
      // Each frame leaves megabytes outside the heap behind, which only a collection frees: a small young generation
      // is collected every few frames.
      "--max-semi-space-size=1",
    ],
  };
}
