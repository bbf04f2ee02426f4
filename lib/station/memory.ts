import { z } from "zod";
import { reservedFrom } from "./ids";
import type { StationState } from "./types";

const identity = z.union([z.string(), z.number()]);
const counters = z.object({
  triggers: z.number(),
  refused: z.number(),
  pass: z.number(),
  fail: z.number(),
  unlike: z.number(),
  fault: z.number(),
  acknowledged: z.number(),
  revoked: z.number(),
  discarded: z.number(),
  strays: z.number(),
});
const stationMemory = z.object({
  format: z.literal(1),
  nextId: z.number().int().min(1),
  /** Inspections under way. */
  jobs: z.array(z.object({ id: z.number(), partId: identity.nullable(), recipe: identity })),
  /** Not acknowledged yet. */
  results: z.array(
    z.object({
      id: z.number(),
      partId: identity.nullable(),
      recipe: identity,
      kind: z.enum(["pass", "fail", "unlike", "fault"]),
      code: z.number(),
      score: z.number(),
      threshold: z.number(),
    }),
  ),
  shown: z.boolean(),
  /** What `resultAck` was: if it is true now, the result shown was acknowledged meanwhile. */
  resultAck: z.boolean(),
  counters,
});

/** What has to outlive the process; plain data. */
export type StationMemory = z.output<typeof stationMemory>;

/** What is to outlive a state; the PLC may be told of it once the disk `covers` it. */
export function memoryOf({ nextId, jobs, results, shown, signals, counters }: StationState): StationMemory {
  return {
    format: 1,
    nextId,
    jobs: jobs.map(({ id, partId, recipe }) => ({ id, partId, recipe })),
    results: results.map(({ id, partId, recipe, kind, code, score, threshold }) => {
      return { id, partId, recipe, kind, code, score, threshold };
    }),
    shown,
    resultAck: signals.resultAck,
    counters,
  };
}

/** What goes to the disk while the station runs: a few numbers ahead, so that the camera need not wait for it. */
export function ahead(memory: StationMemory): StationMemory {
  return { ...memory, nextId: reservedFrom(memory.nextId) };
}

/** @throws {z.ZodError} where it is none */
export function parseMemory(value: unknown): StationMemory {
  return stationMemory.parse(value);
}
