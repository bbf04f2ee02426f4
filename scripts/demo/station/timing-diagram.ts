import {
  initialState,
  outputsOf,
  type StationEvent,
  type StationOutputs,
  type StationSettings,
  stepStation,
} from "../../../lib";

/** A course of the handshake, played against the station's own state machine by a PLC that does as FB_Inspect does. */
export interface Course {
  title: string;
  /** Milliseconds of one character. */
  step: number;
  /** Characters. */
  length: number;
  /** When the PLC raises `trigger` for the next part, in characters. */
  triggers: readonly number[];
  /** Milliseconds from the camera's trigger to the frame; absent: none comes. */
  frame?: number;
  /** Milliseconds from the frame to the verdict. */
  verdict: number;
  /** Whether results are acknowledged. @default true */
  acknowledges?: boolean;
  /** When `trigger` is true on its own, with the part of before. */
  bounce?: readonly [from: number, to: number];
  /** When the PLC raises `reset`, in characters. */
  reset?: number;
  /** When the PLC's heartbeat stops, and goes on. */
  silent?: readonly [from: number, to: number];
  rows: readonly DrawnSignal[];
}

type Column = Omit<StationOutputs, "partId" | "triggerPartId"> & PlcLevels & { partId: number; triggerPartId: number };
type DrawnSignal = { [Key in keyof Column]: Column[Key] extends boolean | number ? Key : never }[keyof Column];

/** The node's own defaults. */
const SETTINGS: StationSettings = {
  ...{ deadline: 1000, cameraTimeout: 500, fresh: 3000, plcTimeout: 2000, heartbeat: 500 },
  ...{ parallel: 2, buffer: 16, scale: 10_000, freeRunning: false, recipe: 1 },
};
const FROM_PLC = ["trigger", "resultAck", "reset"] as const;
type PlcLevels = Record<(typeof FROM_PLC)[number], boolean>;
/** `again`: the trigger is to be raised once more. */
type Plc = PlcLevels & { partId: number; again: boolean };
const IDLE: Plc = { trigger: false, resultAck: false, reset: false, partId: 0, again: false };
const NAME = 14;
/** Milliseconds until the station has read the PLC, and until the PLC has seen what was written; a character at least. */
const LAG = 10;

/** Lines of text: a level is a line at the bottom or at the top, a number stands where it becomes what it is. */
export function timingDiagram(course: Course): string {
  const columns = play(course);
  const lines = course.rows.map((name) => {
    const values = columns.map((column) => column[name]);
    return `${name.padEnd(NAME)}${typeof values[0] === "boolean" ? level(values as boolean[]) : number(values as number[])}`;
  });
  return lines.map((line) => line.trimEnd()).join("\n");
}

function level(values: readonly boolean[]): string {
  const drawn = values.map((value, i) => {
    if (i === 0 || value === values[i - 1]) return value ? "‾" : "_";
    return value ? "/" : "\\";
  });
  return drawn.join("");
}

/** @param values 0: nothing is said */
function number(values: readonly number[]): string {
  let line = "";
  for (const [i, value] of values.entries()) {
    if (value !== 0 && value !== values[i - 1]) line = `${line.slice(0, i)}${value}`;
    else if (line.length <= i) line += value === 0 ? "." : "-";
  }
  return line.slice(0, values.length);
}

function play(course: Course): Column[] {
  let state = initialState(0);
  const due: { at: number; event: StationEvent }[] = [];
  const happen = (event: StationEvent) => {
    const { state: next, actions } = stepStation(state, event, SETTINGS);
    state = next;
    const { frame, verdict } = course;
    for (const { type, ...action } of actions) {
      if (type !== "expose" || !("id" in action) || frame === undefined) continue;
      const [seen, judged] = [event.time + frame, event.time + frame + verdict];
      due.push({ at: seen, event: { time: seen, type: "frame", id: action.id } });
      due.push({ at: judged, event: { time: judged, type: "verdict", id: action.id, ...GOOD } });
    }
  };
  happen({ time: 0, type: "engine", state: "ready" });
  happen({ time: 0, type: "signals", signals: { triggerEnable: true, heartbeat: -1 } });
  happen({ time: 0, type: "loaded", recipe: 1, bank: "part" });

  const lag = Math.max(1, Math.round(LAG / course.step));
  const plc: Plc[] = [];
  const levels: (PlcLevels & { partId: number })[] = [];
  const columns: Column[] = [];
  for (let i = 0; i < course.length; i++) {
    const time = i * course.step;
    for (const { event } of due.filter(({ at }) => at > time - course.step && at <= time)) happen(event);
    const { again, ...raised } = react(plc[i - 1] ?? IDLE, columns[i - lag], course, i);
    plc.push({ ...raised, again });
    const [rise = course.length, fall = course.length] = course.bounce ?? [];
    levels.push({ ...raised, trigger: raised.trigger || (i >= rise && i < fall) });
    const [from = course.length, to = course.length] = course.silent ?? [];
    const isBeating = i < from || i >= to;
    const { partId, ...read } = levels[Math.max(0, i - lag)]!;
    happen({ time, type: "signals", signals: { ...read, partId, ...(isBeating && { heartbeat: i }) } });
    const { trigger, resultAck, reset } = levels[i]!;
    const { partId: shown, triggerPartId, ...outputs } = outputsOf(state, SETTINGS);
    const parts = { partId: Number(shown), triggerPartId: Number(triggerPartId) };
    columns.push({ ...outputs, ...parts, trigger, resultAck, reset });
  }
  return columns;
}

/** What the PLC does about what it has seen. @param told absent: nothing yet */
function react(plc: Plc, told: Column | undefined, { triggers, acknowledges = true, reset }: Course, i: number): Plc {
  const isNew = triggers.includes(i);
  const isAnswered = told !== undefined && (told.triggerAck || told.errorCode !== 0);
  const isMine = told?.triggerAck === true && told.triggerPartId === plc.partId;
  const isSeen = told?.ready === true && !isAnswered;
  return {
    ...plc,
    trigger: isNew || (plc.again && isSeen) || (plc.trigger && !isAnswered),
    again: !isMine && (plc.trigger ? told?.triggerAck === true || told?.errorCode === 8 : plc.again && !isSeen),
    partId: plc.partId + (isNew ? 1 : 0),
    resultAck: acknowledges && told?.resultValid === true,
    reset: reset !== undefined && i >= reset && i < reset + 3,
  };
}

const GOOD = { verdict: "ok", over: false, score: 0.1, threshold: 0.5, bank: "part" } as const;
