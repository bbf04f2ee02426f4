import {
  initialState,
  type StationEvent,
  type StationOutputs,
  type StationSettings,
  type StationState,
} from "../../lib";

/** Units of time; small, so that every order of the limits comes up. */
export const SETTINGS: StationSettings = {
  ...{ deadline: 4, cameraTimeout: 2, fresh: 3, plcTimeout: 5, heartbeat: 1 },
  ...{ parallel: 2, buffer: 2, scale: 100, freeRunning: false, recipe: 1 },
};
export const BANKS: Record<string, string> = { 1: "one", 2: "two" };

/** What the world knows, apart from the machine: what it may be measured by. */
export interface World {
  state: StationState;
  /** Of inspections whose result was not handed out: trigger time, and whether "ok" was said by the right bank in time. */
  parts: Map<number, { triggered: number; bank: string; ok: boolean }>;
  /** The part that the PLC named with the trigger taken last. */
  accepted: StationOutputs["triggerPartId"] | undefined;
  /** The last result handed out. */
  last: number;
}

/** What can happen, or nothing where it cannot happen now. */
export type Move = { name: string; event: (world: World) => StationEvent | "restart" | undefined };

const signals = (name: string, changes: Extract<StationEvent, { type: "signals" }>["signals"]): Move => ({
  name,
  event: ({
    state: {
      time,
      nextId,
      signals: { heartbeat },
    },
  }) => {
    // Each part has its own number, the one that its inspection would have.
    return { time, type: "signals", signals: { ...changes, partId: nextId, heartbeat: 1 - Number(heartbeat) } };
  },
});
const passing = (time: number): Move => ({
  name: `${time} units pass`,
  event: ({ state }) => ({ time: state.time + time, type: "tick" }),
});
type Said = "ok" | "over" | "anomaly" | "by another bank";
const verdict = (which: "first" | "last" | "older", said: Said): Move => ({
  name: `${said} for the ${which}`,
  event: ({ state: { time, jobs, nextId } }) => {
    const job = jobs.at(which === "first" ? 0 : -1);
    const id = which === "older" ? nextId - 3 : job?.id;
    if (id === undefined || (which !== "older" && !job)) return undefined;
    const bank = said === "by another bank" ? "three" : (job?.bank ?? "one");
    return {
      time,
      type: "verdict",
      id,
      verdict: said === "anomaly" ? said : "ok",
      over: said === "over",
      score: 0.1,
      threshold: 0.5,
      bank,
    };
  },
});
const plain = (name: string, event: (state: StationState) => Omit<StationEvent, "time"> | undefined): Move => ({
  name,
  event: ({ state }) => {
    const happening = event(state);
    return happening && ({ ...happening, time: state.time } as StationEvent);
  },
});
const frame = (name: string, more: (state: StationState) => object | undefined) =>
  plain(name, (state) => {
    const which = more(state);
    return which && { type: "frame", ...which };
  });

export const MOVES: Move[] = [
  signals("trigger rises", { trigger: true }),
  signals("trigger falls", { trigger: false }),
  signals("acknowledgement rises", { resultAck: true }),
  signals("acknowledgement falls", { resultAck: false }),
  signals("triggers are wanted", { triggerEnable: true }),
  signals("triggers are not wanted", { triggerEnable: false }),
  signals("reset rises", { reset: true }),
  signals("reset falls", { reset: false }),
  signals("recipe 1", { recipe: 1 }),
  signals("recipe 2", { recipe: 2 }),
  plain("a reading without heartbeat", () => ({ type: "signals", signals: { trigger: true } }) as never),
  plain("the bank is loaded", ({ recipe }) =>
    recipe ? ({ type: "loaded", recipe: recipe.wanted, bank: BANKS[recipe.wanted]! } as never) : undefined,
  ),
  plain("there is no bank", ({ recipe }) =>
    recipe ? ({ type: "loaded", recipe: recipe.wanted, bank: null } as never) : undefined,
  ),
  frame("the frame of the last", ({ jobs }) => (jobs.length > 0 ? { id: jobs.at(-1)!.id } : undefined)),
  frame("a frame of an older part", ({ nextId }) => ({ id: nextId - 3 })),
  frame("a frame taken now", ({ time }) => ({ taken: time })),
  frame("a frame taken before", ({ time }) => ({ taken: time - 3 })),
  verdict("first", "ok"),
  verdict("last", "ok"),
  verdict("last", "over"),
  verdict("first", "anomaly"),
  verdict("first", "by another bank"),
  verdict("older", "ok"),
  plain("the first fails", ({ jobs }) => (jobs[0] ? ({ type: "failure", id: jobs[0].id } as never) : undefined)),
  plain("the engine is away", () => ({ type: "engine", state: "lost" }) as never),
  plain("the engine is there", () => ({ type: "engine", state: "ready" }) as never),
  plain("it is halted", () => ({ type: "halt" }) as never),
  plain("it is started", () => ({ type: "start" }) as never),
  passing(1),
  passing(3),
  passing(6),
  { name: "Node-RED restarts", event: () => "restart" },
];

/** A station before anything has happened. */
export function begin(): World {
  return { state: initialState(100), parts: new Map(), accepted: undefined, last: 0 };
}

/** What makes a station that has just begun ready. */
export const READY = ["the engine is there", "triggers are wanted", "the bank is loaded"];

/** What an operator and a PLC do when all is to go on. */
export const RECOVERY = [
  ...["it is started", "the engine is there", "trigger falls", "acknowledgement falls", "reset falls", "reset rises"],
  ...["reset falls", "triggers are wanted", "the bank is loaded"],
];
