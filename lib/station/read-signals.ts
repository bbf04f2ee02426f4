import { z } from "zod";
import { GoldenSampleError } from "../errors";
import { sentence } from "../sentence";
import type { PlcSignals } from "./types";

/** Bits of a register and booleans alike. */
const bit = z.union([z.boolean(), z.literal(0), z.literal(1)]).transform(Boolean);
const identity = z.union([z.string().max(200), z.number()]);
const plcSignals = z.object({
  trigger: bit.optional(),
  triggerEnable: bit.optional(),
  resultAck: bit.optional(),
  reset: bit.optional(),
  heartbeat: z.union([z.string(), z.number(), z.boolean()]).optional(),
  recipe: identity.optional(),
  partId: identity.optional(),
});
const SIGNALS = Object.keys(plcSignals.shape);
/** By which the frames and verdicts of parts are known; recipe and part they carry, too. */
const OF_A_PART = ["inspectionId", "taken"];

/** Whether an object is a reading of the PLC. */
export function isReading(value: object): boolean {
  return SIGNALS.some((signal) => signal in value) && !OF_A_PART.some((field) => field in value);
}

/** @throws {GoldenSampleError} BAD_REQUEST */
export function readSignals(value: object): Partial<PlcSignals> {
  const { success, data, error } = plcSignals.safeParse(value);
  if (!success) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[stationSignal] msg.station.${{ field: String(error.issues[0]?.path[0]) }} cannot be read: send true or false for signals, a number or text for recipe, partId and heartbeat.`,
    );
  }
  return Object.fromEntries(Object.entries(data).filter(([, given]) => given !== undefined));
}
