import { z } from "zod";
import { LEAST_PARTS } from "./commissioned";

const commissioned = z.object({ scores: z.array(z.number()).min(LEAST_PARTS), by: z.string(), time: z.string() });
const lapsed = z.object({ version: z.number(), parts: z.number() });

/** What comes with every frame's result of a bank version that was commissioned, or whose version before was. */
export interface CommissionedBrief {
  /** The parts' scores, and who took them when (ISO 8601). */
  commissioned?: { scores: number[]; by: string; time: string };
  /** The commissioning that ended with the version before, and of how many parts it was. */
  lapsed?: { version: number; parts: number };
}

/** From a message that has been through a flow: what is not sound counts as absent. */
export function readCommissioned(bank: { commissioned?: unknown; lapsed?: unknown } | undefined): CommissionedBrief {
  const found = commissioned.safeParse(bank?.commissioned).data;
  const ended = lapsed.safeParse(bank?.lapsed).data;
  return { ...(found && { commissioned: found }), ...(ended && { lapsed: ended }) };
}
