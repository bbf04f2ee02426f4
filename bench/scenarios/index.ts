import type { Scenario } from "../scenario";
import { anomalib } from "./anomalib";
import { building } from "./building";
import { callers } from "./callers";
import { coreset } from "./coreset";
import { curves } from "./curves";
import { flow } from "./flow";
import { frame } from "./frame";
import { int8 } from "./int8";
import { jitter } from "./jitter";
import { line } from "./line";
import { matching } from "./matching";
import { memory } from "./memory";
import { million } from "./million";
import { peer } from "./peer";
import { region } from "./region";
import { search } from "./search";
import { searchSets } from "./search-sets";
import { small } from "./small";

/** In the order in which a run without names takes them. */
export const SCENARIOS: readonly Scenario[] = [
  frame,
  matching,
  callers,
  flow,
  int8,
  peer,
  anomalib,
  region,
  search,
  searchSets,
  million,
  coreset,
  memory,
  building,
  small,
  line,
  jitter,
  curves,
];
