import assert from "node:assert/strict";
import {
  memoryOf,
  outputsOf,
  restoredState,
  type StationAction,
  type StationEvent,
  type StationState,
  stepStation,
} from "../../lib";
import { BANKS, type Move, SETTINGS, type World } from "./station-world";

/** The world after a move, in which all is as it must be. @returns undefined where this cannot happen now */
export function after(world: World, move: Move): World | undefined {
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
