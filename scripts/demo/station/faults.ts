import { createRandom } from "../part/random";

export const FAULTS = [
  "engine killed",
  "network cut",
  "PLC restarted",
  "slow camera",
  "double trigger",
  "missing acknowledgement",
  "lamp off",
  "recipe changed",
  "recipe changed while busy",
  "Node-RED killed",
  "Node-RED stopped",
  "broker cut",
] as const;
export type FaultKind = (typeof FAULTS)[number];

/** What is said between PLC and station meanwhile is lost. */
export const WIRE_FAULTS: readonly FaultKind[] = ["network cut", "PLC restarted"];

export interface Fault {
  kind: FaultKind;
  /** Comes when this part is before the camera. */
  part: number;
  /** How long it lasts. */
  milliseconds: number;
}

/** Parts before the first fault, so that there is something that goes well. */
const QUIET = 20;
/** These take seconds each, in which hardly a part goes by. */
const SELDOM: readonly FaultKind[] = ["Node-RED killed", "Node-RED stopped", "engine killed"];
const SELDOM_SHARE = 0.1;
const LONGEST = 3500;

/** Each kind at least once, in an order by chance; then whichever. The same seed gives the same. */
export function faultSchedule(seed: number, parts: number, every: number): Fault[] {
  const random = createRandom(seed);
  const first = [...FAULTS].sort(() => random.between(-1, 1));
  const often = FAULTS.filter((kind) => !SELDOM.includes(kind));
  const faults: Fault[] = [];
  for (let part = QUIET; part < parts - QUIET / 2; part += 1 + random.below(2 * every - 1)) {
    const kind = first.pop() ?? random.pick(random.between(0, 1) < SELDOM_SHARE ? SELDOM : often);
    faults.push({ kind, part, milliseconds: Math.round(random.between(0.02, 1) ** 2 * LONGEST) });
  }
  return faults;
}
