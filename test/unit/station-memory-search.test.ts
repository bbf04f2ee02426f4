import assert from "node:assert/strict";
import {
  ahead,
  covers,
  initialState,
  isReserved,
  memoryOf,
  outputsOf,
  restoredState,
  type StationAction,
  type StationEvent,
  type StationMemory,
  type StationOutputs,
  type StationSettings,
  type StationState,
  stepStation,
} from "../../lib";

const SETTINGS: StationSettings = {
  ...{ deadline: 40, cameraTimeout: 20, fresh: 30, plcTimeout: 0, heartbeat: 1000 },
  ...{ parallel: 3, buffer: 3, scale: 100, freeRunning: false, recipe: 1 },
};
const DEPTH = 16;

/** A station, its disk, which is behind, and a PLC that does its part of the handshake as docs/plc.md says. */
interface World {
  state: StationState;
  disk: StationMemory;
  /** What is on its way to the disk, and how many of those not told yet were from before. */
  writing: { memory: StationMemory; tells: number } | undefined;
  /** Not told yet, for a crash now would show. */
  open: { memory: StationMemory; exposes: number[]; outputs: StationOutputs }[];
  /** What stands in the PLC's registers. */
  told: StationOutputs;
  /** `part`: the one whose number stands there, `again`: its trigger is to be raised once more. */
  plc: { part: number; trigger: boolean; again: boolean; resultAck: boolean };
  /** Whether the contact has bounced, or is not going to: once is enough for every order. */
  bounced: boolean;
  /** Numbers that the camera was told, parts whose acceptance the PLC has seen. */
  exposed: number[];
  accepted: number[];
  /** Results that the PLC has acknowledged, and of which parts they were. */
  acknowledged: number[];
  answered: unknown[];
}

function happen(world: World, event: StationEvent): World {
  const { state, actions } = stepStation(world.state, event, SETTINGS);
  return follow({ ...world, state }, actions);
}

function follow(world: World, actions: readonly StationAction[]): World {
  const memory = memoryOf(world.state);
  const ids = actions.flatMap((action) => (action.type === "expose" ? [action.id] : []));
  const isNow = isReserved(memory.nextId, world.disk.nextId);
  const told = { memory, exposes: isNow ? [] : ids, outputs: outputsOf(world.state, SETTINGS) };
  return tell({ ...expose(world, isNow ? ids : []), open: [...world.open, told] }, 0);
}

function expose(world: World, ids: readonly number[]): World {
  for (const id of ids) assert.ok(!world.exposed.includes(id), `number ${id} was given twice`);
  return { ...world, exposed: [...world.exposed, ...ids] };
}

/** @param first so many that wait are of before what the disk has */
function tell(before: World, first: number): World {
  let world = before;
  for (let i = 0; world.open[0] && (i < first || covers(world.disk, world.open[0].memory)); i++) {
    const [{ exposes, outputs }, ...open] = world.open as [World["open"][0], ...World["open"]];
    const writing = world.writing && { ...world.writing, tells: Math.max(0, world.writing.tells - 1) };
    world = { ...expose(world, exposes), told: outputs, open, writing };
  }
  return world;
}

function read(world: World, { part: partId, trigger, resultAck }: World["plc"]): World {
  const { time, signals } = world.state;
  const heartbeat = Number(signals.heartbeat) + 1;
  return happen(world, {
    ...{ time, type: "signals" },
    signals: { trigger, partId, resultAck, triggerEnable: true, heartbeat },
  });
}

/** Everything that can happen next; absent: it cannot now. */
const MOVES: Record<string, (world: World) => World | undefined> = {
  "the PLC triggers": ({ plc, told, ...world }) =>
    told.ready && !plc.trigger && !plc.again && !told.triggerAck
      ? { ...world, told, plc: { ...plc, part: plc.part + 1, trigger: true, again: false } }
      : undefined,
  "the PLC sees that it was accepted": ({ plc, told, ...world }) =>
    plc.trigger && told.triggerAck && told.triggerPartId === plc.part
      ? { ...world, told, accepted: [...world.accepted, plc.part], plc: { ...plc, trigger: false } }
      : undefined,
  "the PLC sees that another part was accepted": ({ plc, told, ...world }) =>
    plc.trigger && told.triggerAck && told.triggerPartId !== plc.part
      ? { ...world, told, plc: { ...plc, trigger: false, again: true } }
      : undefined,
  "the PLC triggers once more": ({ plc, told, ...world }) =>
    plc.again && told.ready && !told.triggerAck && told.errorCode === 0
      ? { ...world, told, plc: { ...plc, trigger: true, again: false } }
      : undefined,
  "the contact bounces when the station reads it": (world) =>
    world.bounced || world.plc.trigger || world.plc.part === 0
      ? undefined
      : read({ ...world, bounced: true }, { ...world.plc, trigger: true }),
  "the PLC takes a refused trigger back": ({ plc, told, ...world }) =>
    plc.trigger && told.errorCode !== 0 ? { ...world, told, plc: { ...plc, trigger: false } } : undefined,
  "the PLC acknowledges": ({ plc, told, ...world }) => {
    if (!told.resultValid || plc.resultAck) return undefined;
    assert.ok(!world.acknowledged.includes(told.inspectionId), `${told.inspectionId} is acknowledged twice`);
    const acknowledged = [...world.acknowledged, told.inspectionId];
    const answered = [...world.answered, told.partId];
    return { ...world, told, acknowledged, answered, plc: { ...plc, resultAck: true } };
  },
  "the PLC takes its acknowledgement back": ({ plc, told, ...world }) =>
    plc.resultAck && !told.resultValid ? { ...world, told, plc: { ...plc, resultAck: false } } : undefined,
  "the station reads the PLC": (world) => {
    const { trigger, resultAck } = world.plc;
    const { signals, plc } = world.state;
    if (plc === "alive" && signals.trigger === trigger && signals.resultAck === resultAck) return undefined;
    return read(world, world.plc);
  },
  "the frame is there and judged": (world) => {
    const job = world.state.jobs.find(({ result }) => !result);
    if (!job) return undefined;
    const { time } = world.state;
    const seen = happen(world, { time, type: "frame", id: job.id });
    const judged = { verdict: "ok", over: false, score: 0.1, threshold: 0.5, bank: "one" } as const;
    return happen(seen, { time, type: "verdict", id: job.id, ...judged });
  },
  "the frame is there": (world) => {
    const job = world.state.jobs.find(({ exposed }) => exposed === undefined);
    return job && happen(world, { time: world.state.time, type: "frame", id: job.id });
  },
  "a write begins": (world) => {
    const memory = ahead(memoryOf(world.state));
    const isLast = JSON.stringify(memory) === JSON.stringify(world.disk);
    return world.writing || isLast ? undefined : { ...world, writing: { memory, tells: world.open.length } };
  },
  "the write is done": ({ writing, ...world }) =>
    writing && tell({ ...world, disk: writing.memory, writing: undefined }, writing.tells),
  "Node-RED crashes and starts again": (world) => {
    const { state, actions } = restoredState(JSON.parse(JSON.stringify(world.disk)), world.state.time);
    const ends = actions.flatMap((action) => (action.type === "result" ? [action.result.id] : []));
    assert.deepEqual(
      ends,
      world.disk.jobs.map(({ id }) => id),
    );
    let after = follow({ ...world, state, open: [], writing: undefined }, []);
    assert.equal(after.open.length, 0, "that nothing may pass waits for no disk");
    assert.equal(after.told.pass, false);
    after = happen(after, { time: state.time, type: "engine", state: "ready" });
    return after;
  },
  "the bank is loaded": (world) =>
    world.state.recipe && world.state.recipe.bank === null
      ? happen(world, { time: world.state.time, type: "loaded", recipe: world.state.recipe.wanted, bank: "one" })
      : undefined,
};

function begin(): World {
  const state = initialState(100);
  let world: World = {
    state,
    disk: ahead(memoryOf(state)),
    writing: undefined,
    open: [],
    told: outputsOf(state, SETTINGS),
    plc: { part: 0, trigger: false, again: false, resultAck: false },
    bounced: true,
    exposed: [],
    accepted: [],
    acknowledged: [],
    answered: [],
  };
  world = happen(world, { time: 100, type: "engine", state: "ready" });
  for (const name of ["the station reads the PLC", "the bank is loaded"]) world = MOVES[name]!(world)!;
  assert.equal(world.told.ready, true);
  return world;
}

/** States that differ only in what was counted are one. */
function keyOf({ state, disk, writing, open, told, plc, ...rest }: World): string {
  const { bounced, exposed, accepted, acknowledged } = rest;
  const short = (outputs: StationOutputs) => ({ ...outputs, counters: 0, score: 0, threshold: 0, timing: 0 });
  return JSON.stringify([
    { ...state, counters: 0, signals: { ...state.signals, heartbeat: 0 } },
    { ...disk, counters: 0 },
    writing && [{ ...writing.memory, counters: 0 }, writing.tells],
    open.map(({ memory, exposes, outputs }) => [{ ...memory, counters: 0 }, exposes, short(outputs)]),
    short(told),
    [plc, bounced, exposed, accepted, acknowledged],
  ]);
}

const WRITTEN = ["a write begins", "the write is done"];
const ACCEPTED = ["the PLC triggers", "the station reads the PLC", ...WRITTEN, "the PLC sees that it was accepted"];
const JUDGED = [...ACCEPTED, "the station reads the PLC", "the frame is there and judged", ...WRITTEN];
const STARTS: Record<string, string[]> = {
  "once it is ready, the PLC's contact bouncing once": [],
  "with a result that waits for the fall of the acknowledgement before": [
    ...JUDGED,
    ...["the PLC acknowledges", "the station reads the PLC", ...WRITTEN],
    ...JUDGED,
  ],
};

describe("a station that crashes while its disk is behind, in every order of what can happen", function () {
  this.timeout(300_000);

  for (const [name, path] of Object.entries(STARTS)) {
    it(`${name}: gives no number twice, has nothing acknowledged twice, and answers what it has accepted`, () => {
      const ready = { ...begin(), bounced: path.length > 0 };
      const start = path.reduce((world, move) => MOVES[move]!(world)!, ready);
      const { states, crashes } = search(start);
      console.log(`      ${states} states, ${crashes} of them of a crash`);
      assert.ok(crashes > 0);
    });
  }
});

function search(start: World): { states: number; crashes: number } {
  const seen = new Set([keyOf(start)]);
  let front: { world: World; path: string[] }[] = [{ world: start, path: [] }];
  let crashes = 0;
  for (let step = 0; step < DEPTH; step++) {
    const next: typeof front = [];
    for (const { world, path } of front) {
      for (const [name, move] of Object.entries(MOVES)) {
        const here = [...path, name];
        const reached = attempt(here, () => checked(move(world)));
        if (!reached) continue;
        const key = keyOf(reached);
        if (seen.has(key)) continue;
        seen.add(key);
        if (name.startsWith("Node-RED")) crashes++;
        next.push({ world: reached, path: here });
      }
    }
    front = next;
  }
  return { states: seen.size, crashes };
}

function checked(world: World | undefined): World | undefined {
  if (!world) return undefined;
  const { results, jobs } = world.state;
  const answered = [...world.answered, ...[...results, ...jobs].map(({ partId }) => partId)];
  for (const part of world.accepted) assert.ok(answered.includes(part), `part ${part} was accepted, and has no answer`);
  return world;
}

function attempt<T>(path: string[], work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    assert.fail(`${thrown instanceof Error ? thrown.message : thrown} after: ${path.join(", ")}`);
  }
}
