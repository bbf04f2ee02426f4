import { GoldenSampleError } from "../errors";
import { sentence } from "../sentence";

/** Megabytes that the engine process may take, in its environment; its threads have it from there too. */
export const MEMORY_VARIABLE = "GOLDEN_SAMPLE_MEMORY";
/** Node.js and the inference library alone take about half of it. */
const LEAST_MEMORY = 200;
/** Below it, speed gives way to room. */
const ROOMY = 1024;
/** From here on the compiler's own memory fits in. */
const COMPILING = 400;

/** How a budget is shared out. */
export interface MemoryPlan {
  /** Megabytes of JavaScript's heap; frames, banks and tensors lie outside of it. The trainer's is half as large. */
  heap: number;
  trainerHeap: number;
  /** Bytes that banks held in memory may take. */
  banks: number;
  /** Pixels of the largest image that is decoded. */
  pixels: number;
  /** Whether onnxruntime keeps the memory of a run for the next: a fifth faster, half the processor time, and twice the room. */
  arena: boolean;
  /** Rows of a bank that are compared at a time. */
  searchRows: number;
  /** Whether WebAssembly is compiled for speed, which takes 100 MB for a moment; else frames take half as long again. */
  optimisedPortable: boolean;
}

/**
 * Shares out a budget that the engine and its trainer keep to together: a quarter for banks, images of so many pixels that
 * one fits beside everything else.
 * @param megabytes from LEAST_MEMORY on
 */
export function planMemory(megabytes: number): MemoryPlan {
  return {
    heap: Math.max(64, Math.round(megabytes / 4)),
    trainerHeap: Math.max(64, Math.round(megabytes / 8)),
    banks: Math.round((megabytes * 2 ** 20) / 4),
    pixels: megabytes * 20_000,
    arena: megabytes >= ROOMY,
    searchRows: megabytes >= ROOMY ? 4096 : 512,
    optimisedPortable: megabytes >= COMPILING,
  };
}

/**
 * The budget that the environment sets, or undefined where there is none.
 * @throws {GoldenSampleError} BAD_REQUEST where it is no number of megabytes, or too few
 */
export function memoryBudget(env: NodeJS.ProcessEnv = process.env): number | undefined {
  const text = env[MEMORY_VARIABLE] ?? "";
  if (text.trim() === "") return undefined;
  return checkMemory(Number(text), MEMORY_VARIABLE);
}

/** @throws {GoldenSampleError} BAD_REQUEST */
export function checkMemory(megabytes: number, setting: string): number {
  if (Number.isFinite(megabytes) && megabytes >= LEAST_MEMORY) return Math.round(megabytes);
  throw new GoldenSampleError(
    "BAD_REQUEST",
    sentence`[engineMemory] ${{ setting }} is the engine's memory in megabytes, ${{ least: LEAST_MEMORY }} or more: correct it, or leave it empty for no limit.`,
  );
}

/** The plan of this process, where it has a budget. */
export function memoryPlan(): MemoryPlan | undefined {
  const budget = memoryBudget();
  return budget === undefined ? undefined : planMemory(budget);
}
