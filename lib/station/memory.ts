import { z } from "zod";
import { STATION_CODES } from "./codes";
import { initialState } from "./initial-state";
import { revoked } from "./revoke";
import type { StationAction, StationState } from "./types";

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

/** What is to be on the disk before the PLC is told of a state. */
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

/** @throws {z.ZodError} where it is none */
export function parseMemory(value: unknown): StationMemory {
  return stationMemory.parse(value);
}

/**
 * The state after a start: identifiers go on, what was under way ends as a fault, and no pass of an earlier life may be
 * shown, for nobody knows how long ago that was.
 */
export function restoredState(memory: StationMemory, time: number): { state: StationState; actions: StationAction[] } {
  const state = initialState(time);
  const code = STATION_CODES.restarted;
  const ended = memory.jobs.map((job) => {
    return { ...job, kind: "fault" as const, code, score: 0, threshold: 0, timing: {}, triggered: time };
  });
  const waiting = memory.results.map((result) => {
    return { ...result, code: result.code as StationState["refusal"], timing: {}, triggered: time };
  });
  state.nextId = memory.nextId;
  state.counters = { ...memory.counters, fault: memory.counters.fault + ended.length };
  state.results = [...waiting.map((result) => revoked(state, result, code)), ...ended];
  state.shown = memory.shown && state.results.length > 0;
  state.signals.resultAck = memory.resultAck;
  return {
    state,
    actions: ended.map(({ triggered: _, ...result }) => ({ type: "result", result: { ...result } })),
  };
}
