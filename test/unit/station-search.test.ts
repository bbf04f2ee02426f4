import assert from "node:assert/strict";
import {
  initialState,
  memoryOf,
  outputsOf,
  restoredState,
  type StationAction,
  type StationEvent,
  type StationOutputs,
  type StationSettings,
  type StationState,
  stepStation,
} from "../../lib";

/** Units of time; small, so that every order of the limits comes up. */
const SETTINGS: StationSettings = {
  ...{ deadline: 4, cameraTimeout: 2, fresh: 3, plcTimeout: 5, heartbeat: 1 },
  ...{ parallel: 2, buffer: 2, scale: 100, freeRunning: false, recipe: 1 },
};
const BANKS: Record<string, string> = { 1: "one", 2: "two" };

/** Steps from each start; every order of all that can happen is tried. */
const DEPTH = 6;

/** What the world knows, apart from the machine: what it may be measured by. */
interface World {
  state: StationState;
  /** Of inspections whose result was not handed out: trigger time, and whether "ok" was said by the right bank in time. */
  parts: Map<number, { triggered: number; bank: string; ok: boolean }>;
  /** The part that the PLC named with the trigger taken last. */
  accepted: StationOutputs["triggerPartId"] | undefined;
  /** The last result handed out. */
  last: number;
}

type Move = { name: string; event: (world: World) => StationEvent | "restart" | undefined };

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

const MOVES: Move[] = [
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

function begin(): World {
  return { state: initialState(100), parts: new Map(), accepted: undefined, last: 0 };
}

function run(world: World, names: string[]): World {
  return names.reduce((each, name) => after(each, MOVES.find((move) => move.name === name)!)!, world);
}

const READY = ["the engine is there", "triggers are wanted", "the bank is loaded"];

/** @returns undefined where this cannot happen now */
function after(world: World, move: Move): World | undefined {
  const event = move.event(world);
  if (event === undefined) return undefined;
  const { state: before } = world;
  const { state, actions } =
    event === "restart"
      ? restoredState(JSON.parse(JSON.stringify(memoryOf(before))), before.time)
      : stepStation(before, event, SETTINGS);
  const parts = truthAfter(world, event, state, actions);
  const last = checkResults(world.last, parts, actions, state);
  const accepted = acceptedAfter(world, event, actions);
  checkOutputs(state, parts);
  checkAcknowledged(state, accepted, last);
  if (event !== "restart") checkTrigger(before, event, state, actions);
  checkAcknowledgements(before, event, state);
  return { state, parts, accepted, last };
}

function truthAfter(
  { state: before, parts: known }: World,
  event: StationEvent | "restart",
  state: StationState,
  actions: StationAction[],
): World["parts"] {
  let parts = known;
  for (const action of actions)
    if (action.type === "expose")
      parts = new Map(parts).set(action.id, { triggered: state.time, bank: BANKS[action.recipe]!, ok: false });
  if (event === "restart" || event.type !== "verdict") return parts;
  const part = parts.get(event.id);
  const waited = before.jobs.some((job) => job.id === event.id && !job.result);
  if (part && waited && event.verdict === "ok" && !event.over && event.bank === part.bank)
    parts = new Map(parts).set(event.id, { ...part, ok: true });
  return parts;
}

function acceptedAfter({ state, accepted }: World, event: StationEvent | "restart", actions: StationAction[]) {
  if (event === "restart" || event.type !== "signals" || !actions.some(({ type }) => type === "expose"))
    return accepted;
  return event.signals.partId ?? state.signals.partId;
}

/** `triggerAck` names the part that was triggered last: its inspection is under way, or has its result. */
function checkAcknowledged(state: StationState, accepted: World["accepted"], last: number): void {
  const { triggerAck, triggerPartId } = outputsOf(state, SETTINGS);
  if (!triggerAck) {
    assert.equal(triggerPartId, null, "a part without an acknowledgement");
    return;
  }
  assert.equal(triggerPartId, accepted, "another part's trigger");
  const isOpen = state.jobs.some(({ partId }) => partId === triggerPartId);
  assert.ok(isOpen || Number(triggerPartId) <= last, "neither under way nor answered");
}

/** Each accepted trigger has exactly one result, in order, within its deadline; a pass only where ok was said. */
function checkResults(last: number, parts: World["parts"], actions: StationAction[], state: StationState): number {
  let newest = last;
  for (const action of actions) {
    if (action.type !== "result") continue;
    assert.equal(action.result.id, newest + 1, "the next in order, once");
    newest = action.result.id;
    assert.equal(action.result.partId, action.result.id, "its own part");
    assert.ok(action.result.kind !== "pass" || parts.get(newest)!.ok, "a pass that nobody said");
  }
  assert.equal(newest + state.jobs.length, state.nextId - 1, "no accepted trigger is lost");
  for (const job of state.jobs) assert.ok(state.time - job.triggered < SETTINGS.deadline, "late");
  return newest;
}

function checkOutputs(state: StationState, parts: World["parts"]): void {
  const out = outputsOf(state, SETTINGS);
  const told = [out.pass, out.fail, out.unlike].filter(Boolean).length;
  assert.equal(told, out.resultValid && out.resultCode === 0 ? 1 : 0, "one of pass, fail, unlike, or a reason");
  assert.ok(state.jobs.length + state.results.length <= SETTINGS.buffer, "room for every result");
  if (out.pass) {
    const part = parts.get(out.inspectionId);
    assert.ok(part?.ok && out.partId === out.inspectionId, "ok of this very part");
    assert.ok(state.time - part.triggered <= SETTINGS.fresh, "fresh");
    assert.ok(["Initialized", "Ready", "SingleExecution"].includes(out.state), `pass in ${out.state}`);
  }
  if (out.state === "Error") assert.notEqual(out.errorCode, 0);
  if (out.ready) assert.ok(out.recipe !== null && out.online && out.errorCode === state.refusal, "ready for nothing");
}

/** A rising trigger is either taken, or counted and answered; `ready` said beforehand which. */
function checkTrigger(before: StationState, event: StationEvent, state: StationState, actions: StationAction[]): void {
  const taken = actions.filter(({ type }) => type === "expose").length;
  const refused = state.counters.refused - before.counters.refused;
  const rises =
    event.type === "signals" && event.signals.trigger === true && state.plc === "alive" && !before.signals.trigger;
  assert.equal(taken + refused, rises || refused > 0 ? 1 : 0);
  if (refused > 0) assert.ok(state.refusal !== 0 && !outputsOf(state, SETTINGS).triggerAck, "answered");
  if (taken > 0) assert.ok(outputsOf(state, SETTINGS).triggerAck && outputsOf(before, SETTINGS).ready);
  if (rises && outputsOf(before, SETTINGS).ready) assert.equal(taken, 1, "ready, and not taken");
}

/** A result leaves by an acknowledgement of what was shown, or by a reset: the first, and one at a time. */
function checkAcknowledgements(before: StationState, event: StationEvent | "restart", state: StationState): void {
  const acknowledged = state.counters.acknowledged - before.counters.acknowledged;
  const discarded = state.counters.discarded - before.counters.discarded;
  const { triggers, acknowledged: all, discarded: gone } = state.counters;
  assert.equal(triggers, all + gone + state.results.length + state.jobs.length, "each leaves once");
  if (acknowledged === 0 && discarded === 0) return;
  assert.ok(event !== "restart" && event.type === "signals");
  if (discarded > 0) assert.equal(event.signals.reset, true);
  if (acknowledged > 0) {
    assert.ok(acknowledged === 1 && event.signals.resultAck === true && !before.signals.resultAck && before.shown);
    assert.notEqual(state.results[0]?.id, before.results[0]!.id);
  }
}

/** States that differ in nothing but the time of day, the number of the next inspection and what was counted are one. */
function keyOf({ state, parts, last }: World): string {
  const { time, nextId, counters: _, jobs, results, heartbeatAt, signals, triggerPartId, ...rest } = state;
  const { partId: __, heartbeat: ___, ...levels } = signals;
  return JSON.stringify([
    rest,
    levels,
    time - heartbeatAt,
    jobs.map(({ id, triggered, exposed, result, bank }) => [
      nextId - id,
      time - triggered,
      exposed === undefined,
      result?.kind,
      result?.code,
      bank,
    ]),
    results.map(({ id, triggered, kind, code }) => [nextId - id, time - triggered, kind, code]),
    nextId - last,
    state.triggerAck && nextId - Number(triggerPartId),
    [...results, ...jobs].map(({ id }) => parts.get(id)?.ok),
  ]);
}

/** Tries everything that can happen, `depth` times after one another. @returns all worlds found */
function search(start: World, depth: number): World[] {
  const seen = new Map([[keyOf(start), start]]);
  let front: Reached[] = [{ world: start }];
  for (let step = 0; step < depth; step++) {
    const next: typeof front = [];
    for (const from of front) {
      for (const move of MOVES) {
        const reached = attempt(from, move);
        if (!reached) continue;
        const key = keyOf(reached);
        if (seen.has(key)) continue;
        seen.set(key, reached);
        next.push({ world: reached, by: move, from });
      }
    }
    front = next;
  }
  return [...seen.values()];
}

interface Reached {
  world: World;
  by?: Move;
  from?: Reached;
}

function attempt(from: Reached, move: Move): World | undefined {
  try {
    return after(from.world, move);
  } catch (thrown) {
    const path = [move.name];
    for (let at: Reached | undefined = from; at?.by; at = at.from) path.unshift(at.by.name);
    assert.fail(`${thrown instanceof Error ? thrown.message : thrown} after: ${path.join(", ")}`);
  }
}

/** What an operator and a PLC do when all is to go on. */
const RECOVERY = [
  ...["it is started", "the engine is there", "trigger falls", "acknowledgement falls", "reset falls", "reset rises"],
  ...["reset falls", "triggers are wanted", "the bank is loaded"],
];
/** So many steps of it leave every tenth world different from all others: each of those is followed to the end. */
const ALIKE_AFTER = 3;

describe(`the station, in every order of what can happen, ${DEPTH} steps deep`, function () {
  this.timeout(300_000);
  const starts: Record<string, string[]> = {
    "from its first moment": [],
    "once it is ready": READY,
    "with one part judged and another exposed": [
      ...READY,
      ...["trigger rises", "the frame of the last", "trigger falls", "trigger rises"],
    ],
  };
  for (const [name, path] of Object.entries(starts)) {
    it(`${name}: passes nothing wrongly, loses and doubles nothing, and can always be made ready`, () => {
      const worlds = search(run(begin(), path), DEPTH - (path.length > 3 ? 1 : 0));
      console.log(`      ${worlds.length} states`);
      const followed = new Set<string>();
      for (const world of worlds) {
        const onItsWay = run(world, RECOVERY.slice(0, ALIKE_AFTER));
        const key = keyOf(onItsWay);
        if (followed.has(key)) continue;
        followed.add(key);
        const recovered = run(onItsWay, RECOVERY.slice(ALIKE_AFTER));
        assert.equal(outputsOf(recovered.state, SETTINGS).ready, true, JSON.stringify(world.state));
      }
    });
  }
});
