import assert from "node:assert/strict";
import { outputsOf, type StationState } from "../../lib";
import { after } from "./station-truth";
import { begin, MOVES, type Move, READY, RECOVERY, SETTINGS, type World } from "./station-world";

/** Steps from each start; every order of all that can happen is tried. */
const DEPTH = 6;

function run(world: World, names: string[]): World {
  return names.reduce((each, name) => after(each, MOVES.find((move) => move.name === name)!)!, world);
}

/** What tells one state from another as it stands; the rest is relative to something, or was only counted. */
const TELLS: Record<keyof StationState, boolean> = {
  ...{ plc: true, engine: true, halted: true, cameraLost: true, triggerAck: true, refusal: true, refusedRecipe: true },
  ...{ recipe: true, shown: true },
  ...{ time: false, nextId: false, signals: false, heartbeatAt: false, triggerPartId: false, jobs: false },
  ...{ results: false, counters: false },
};
const LEVELS: Record<keyof StationState["signals"], boolean> = {
  ...{ trigger: true, triggerEnable: true, resultAck: true, reset: true, recipe: true },
  ...{ partId: false, heartbeat: false },
};
const those = <K extends string>(told: Record<K, boolean>) => (Object.keys(told) as K[]).filter((name) => told[name]);
const STATE = those(TELLS);
const SIGNALS = those(LEVELS);

/**
 * States that differ in nothing but the time of day, the number of the next inspection and what was counted are one. As
 * values in a row, for making and comparing a million of these is most of what the search takes.
 */
function keyOf({ state, parts, last }: World): string {
  const { time, nextId, jobs, results, heartbeatAt, signals, triggerAck, triggerPartId } = state;
  const values: unknown[] = [time - heartbeatAt, nextId - last, triggerAck && nextId - Number(triggerPartId)];
  for (const name of STATE) values.push(state[name]);
  for (const name of SIGNALS) values.push(signals[name]);
  values.push(results.length);
  for (const { id, triggered, kind, code } of results)
    values.push(nextId - id, time - triggered, kind, code, parts.get(id)?.ok);
  for (const { id, triggered, exposed, result, bank } of jobs)
    values.push(
      nextId - id,
      time - triggered,
      exposed === undefined,
      result?.kind,
      result?.code,
      bank,
      parts.get(id)?.ok,
    );
  return JSON.stringify(values);
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
