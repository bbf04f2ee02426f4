import { checkMemory, MEMORY_VARIABLE, memoryBudget, planMemory } from "../../runtime/memory-plan";

/** Pools of glibc, by default eight a core. What threads free stays in theirs: a process with many grew for hours. */
const ARENAS = "2";
/**
 * Bytes from which glibc gives freed memory back to the system. Left to itself it raises the bound to whatever was freed
 * last, and the compiler's memory, the tensors and pictures of a moment stay in the process for good.
 */
const RETURNED_AT_ONCE = { MALLOC_MMAP_THRESHOLD_: "32768", MALLOC_TRIM_THRESHOLD_: "131072" };

/** Which part of the plan's heap is a process'. */
export type HeapShare = "heap" | "trainerHeap";

/**
 * What bounds a process before it starts.
 * @param megabytes that the engine and its trainer may take together; absent: as the environment says, else what they need
 * @throws {GoldenSampleError} BAD_REQUEST where the budget cannot be used
 */
export function childMemory(
  megabytes: number | undefined,
  env: NodeJS.ProcessEnv = process.env,
  heap: HeapShare = "heap",
): { env: NodeJS.ProcessEnv; execArgv: string[] } {
  const budget = megabytes === undefined ? memoryBudget(env) : checkMemory(megabytes, "Memory");
  const bounded = { ...env, MALLOC_ARENA_MAX: env.MALLOC_ARENA_MAX ?? ARENAS };
  if (budget === undefined) return { env: bounded, execArgv: [] };
  const plan = planMemory(budget);
  return {
    env: { ...RETURNED_AT_ONCE, ...bounded, [MEMORY_VARIABLE]: String(budget) },
    execArgv: [
      `--max-old-space-size=${plan[heap]}`,
      // Each frame leaves megabytes outside the heap behind, which only a collection frees: of a small young generation,
      // after each piece of work (collect-garbage.ts).
      "--max-semi-space-size=1",
      "--expose-gc",
      plan.optimisedPortable ? "--wasm-num-compilation-tasks=1" : "--liftoff-only",
    ],
  };
}
