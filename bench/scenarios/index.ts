import type { Scenario } from "../scenario";
import { callers } from "./callers";
import { frame } from "./frame";
import { matching } from "./matching";

/** In the order in which a run without names takes them. */
export const SCENARIOS: readonly Scenario[] = [frame, matching, callers];
