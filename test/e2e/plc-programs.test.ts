import { deepStrictEqual, ok } from "node:assert";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "../../lib/random";
import type { Belt } from "../../scripts/demo/station/belt";
import { InspectBlock } from "../../scripts/demo/station/inspect-block";
import { LineProgram } from "../../scripts/demo/station/line-program";
import { pythonFor } from "../support/python";
import { ROOT } from "../support/shared-data";

const CYCLES = 1500;
/** Names of the bits of the status' first register, from the lowest, as the data block of docs/plc.md has them. */
const STATUS = ["Online", "Ready", "TriggerAck", "Busy", "Exposing", "ResultValid", "Pass", "Fail", "Unlike"];

type Variables = Record<string, unknown>;

/** What the station and the line show a program in one cycle. */
interface Seen {
  now: number;
  sts: number[];
  start: boolean;
  partId: number;
  recipe: number;
  inPosition: boolean;
}

/** Courses on which everything happens that the programs ask for: long silences and short ones, parts, acknowledgements. */
function courses(seed: number): Seen[] {
  const random = seededRandom(seed);
  const sts = new Array<number>(16).fill(0);
  let [now, partId, start] = [0, 65_530, false];
  let beats = true;
  return Array.from({ length: CYCLES }, () => {
    now += random() < 0.05 ? Math.round(3000 * random()) : Math.round(40 * random());
    for (let bit = 0; bit < 9; bit++) if (random() < 0.15) sts[0]! ^= 1 << bit;
    if (random() < (beats ? 0.005 : 0.1)) beats = !beats;
    if (beats) sts[10] = (sts[10]! + 1) & 0xffff;
    sts[1] = random() < 0.9 ? 0 : [6, 8, 21, 23][Math.floor(4 * random())]!;
    if (random() < 0.3) sts[4] = Math.floor(4 * random());
    if (random() < 0.1) sts[3] = Math.floor(2 * random());
    sts[7] = random() < 0.9 ? 1 : 2;
    if (random() < 0.05) partId++;
    [sts[5], sts[6]] = [partId >>> 16, (partId - Math.floor(3 * random())) & 0xffff];
    if (random() < 0.3) start = !start;
    // The part whose trigger was taken: mostly this one.
    [sts[14], sts[15]] = [partId >>> 16, (partId - Math.floor(1.2 * random())) & 0xffff];
    const recipe = random() < 0.95 ? 1 : 2;
    return { now, sts: [...sts], start, partId, recipe, inPosition: random() < 0.5 };
  });
}

describe("the PLC programs of docs/plc.md do bit for bit what the simulated line's do", function () {
  this.timeout(300_000);
  const programs = [...readFileSync(join(ROOT, "docs", "plc.md"), "utf8").matchAll(/```[a-z]*\n(.*?)```/gs)].map(
    ([, program]) => program!,
  );
  const withLine = (line: string) => programs.find((program) => program.split("\n").includes(line))!;
  let python: string;

  before(function () {
    const found = pythonFor("structured text");
    if (found === undefined) return this.skip();
    python = found;
  });

  function run(source: string, name: string, cycles: { now: number; set: Variables }[]): Variables[] {
    const { stdout, stderr, status } = spawnSync(python, [join(ROOT, "test", "python", "structured_text.py")], {
      input: JSON.stringify({ source, run: name, cycles }),
      encoding: "utf8",
      maxBuffer: 1e9,
    });
    ok(status === 0, stderr);
    return JSON.parse(stdout) as Variables[];
  }

  /** FB_Inspect of the simulated PLC over a course, in the names of the document. */
  function inspected(course: readonly Seen[]): Variables[] {
    const [req, sts] = [new Uint16Array(5), new Uint16Array(16)];
    const block = new InspectBlock(req, sts, { lastId: 0 });
    return course.map(({ now, sts: shown, start, partId, recipe }) => {
      sts.set(shown);
      block.call({ start, partId, recipe }, now);
      const { alive, ready, mayMove, refused, done, donePart, mayPass } = block;
      return {
        ...{ Alive: alive, Ready: ready, MayMove: mayMove, Refused: refused, Done: done },
        ...{ DonePart: donePart, MayPass: mayPass, Req: [...req] },
      };
    });
  }

  it("FB_Inspect in structured text", () => {
    const course = courses(1);
    const cycles = course.map(({ now, sts, start, partId, recipe }) => ({
      now,
      set: { Start: start, PartId: partId, Recipe: recipe, Sts: sts },
    }));
    const expected = inspected(course);
    same(run(withLine("FUNCTION_BLOCK FB_Inspect"), "FB_Inspect", cycles), expected);
    for (const name of ["Alive", "Ready", "MayMove", "Refused", "Done", "MayPass"])
      ok(new Set(expected.map((each) => each[name])).size === 2, `${name} never changed`);
  });

  it("FB_Inspect in SCL", () => {
    const course = courses(2);
    // What SCL writes otherwise: names in quotes, # before a block's own variables, BEGIN.
    const source = withLine('FUNCTION_BLOCK "FB_Inspect"')
      .replaceAll('"', "")
      .replace(/(?<!\w)#/g, "")
      .replace("\nBEGIN\n", "\n");
    const cycles = course.map(({ now, sts, start, partId, recipe }) => ({
      now,
      set: { Start: start, PartId: partId, Recipe: recipe, Sts: block(sts) },
    }));
    const expected = inspected(course).map(({ Req, ...rest }) => {
      const [bits, beat, recipe, high, low] = Req as [number, number, number, number, number];
      const bit = (number: number) => ((bits >> number) & 1) === 1;
      return {
        ...rest,
        Req: {
          ...{ Trigger: bit(0), TriggerEnable: bit(1), ResultAck: bit(2), Reset: bit(3) },
          ...{ Heartbeat: beat, Recipe: recipe, PartId: high * 65_536 + low },
        },
      };
    });
    same(run(source, "FB_Inspect", cycles), expected);
  });

  it("PRG_Line, which calls it", () => {
    const course = courses(12);
    const [req, sts] = [new Uint16Array(5), new Uint16Array(16)];
    let [seen, moved, gate] = [course[0]!, false, false];
    const belt: Pick<Belt, "inPosition" | "part" | "move"> = {
      inPosition: () => seen.inPosition,
      part: () => seen.partId,
      move: () => {
        moved = true;
      },
    };
    const program = new LineProgram({
      ...{ req, sts, belt: belt as Belt, firstPart: 0, retained: { lastId: 0 } },
      times: { silent: 2000, patience: 2000, notReady: 500, noAnswer: 5000 },
      recipe: () => seen.recipe,
      gate: (_, passes) => {
        gate = passes;
      },
      read: () => {},
    });
    const expected = course.map((each) => {
      seen = each;
      moved = false;
      sts.set(each.sts);
      program.cycle(each.now);
      return { Req: [...req], Move: moved, Gate: gate };
    });
    const cold = Array.from({ length: 64 }, () => ({ Id: 0, Why: 3, MayPass: false }));
    const cycles = course.map(({ now, sts: Sts, partId, recipe, inPosition }, i) => ({
      now,
      set: {
        ...{ InPosition: inPosition, BeltPart: partId, Recipe: recipe, Move: false, Sts },
        ...(i === 0 && { Table: cold }),
      },
    }));
    same(
      run(`${withLine("FUNCTION_BLOCK FB_Inspect")}\n${withLine("PROGRAM PRG_Line")}`, "PRG_Line", cycles),
      expected,
    );
    ok(
      expected.some(({ Gate }) => Gate),
      "nothing passed",
    );
  });
});

function block(sts: readonly number[]): Variables {
  const bits = Object.fromEntries(STATUS.map((name, bit) => [name, ((sts[0]! >> bit) & 1) === 1]));
  const double = (at: number) => sts[at]! * 65_536 + sts[at + 1]!;
  return {
    ...bits,
    ...{ ErrorCode: sts[1], InspectionId: double(3), PartId: double(5), Recipe: sts[7], Heartbeat: sts[10] },
    TriggerPartId: double(14),
  };
}

/** Of each cycle those variables that are expected. */
function same(states: readonly Variables[], expected: readonly Variables[]): void {
  deepStrictEqual(states.length, expected.length);
  for (const [i, wanted] of expected.entries()) {
    const had = Object.fromEntries(Object.keys(wanted).map((name) => [name, states[i]![name]]));
    deepStrictEqual(had, wanted, `in cycle ${i}`);
  }
}
