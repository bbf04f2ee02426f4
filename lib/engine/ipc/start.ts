import { z } from "zod";
import { RUNTIMES, type RuntimeName } from "../../runtime/types";
import type { Verdict } from "../devices/probe";

/** What an engine process is started with; one argument, as JSON. */
export const engineStart = z.object({
  runtime: z.enum(RUNTIMES).default("auto"),
  /** Why the native runtime is not to be tried; see NativeTrust. */
  crashed: z.string().optional(),
  /** What the self-tests of devices said in earlier processes. */
  verdicts: z.record(z.string(), z.custom<Verdict>()).default({}),
});
export type EngineStart = z.input<typeof engineStart>;

/** The runtime that an engine process has loaded. */
export interface RuntimeFacts {
  name: RuntimeName;
  version: string;
  /** Why it is the portable one, where nobody chose that: a sentence with the remedy. */
  reason?: string;
}
