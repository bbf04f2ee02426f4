import type { Scenario } from "../scenario";
import { callers } from "./callers";
import { coreset } from "./coreset";
import { frame } from "./frame";
import { matching } from "./matching";
import { million } from "./million";
import { search } from "./search";
import { searchSets } from "./search-sets";

/** In the order in which a run without names takes them. */
export const SCENARIOS: readonly Scenario[] = [frame, matching, callers, search, searchSets, million, coreset];
