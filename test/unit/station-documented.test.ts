import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { STATION_CODES } from "../../lib";
import { ROOT } from "../support/shared-data";
import { Line, SETTINGS } from "../support/station-at-line";

const PAGE = readFileSync(join(ROOT, "docs", "plc.md"), "utf8");

/** The first cells of the table that begins with this one. */
function rows(head: string): string[] {
  const table = PAGE.split("\n\n").find((block) => block.startsWith(`| ${head} `));
  assert.ok(table, `no table of ${head}`);
  return table
    .split("\n")
    .slice(2)
    .map((line) => line.split("|")[1]!.trim());
}

/** Its frame and its verdict come. */
function inspected(line: Line, id: number): void {
  line.happens({ type: "frame", id });
  line.verdict(id);
}

/** One test for each row of the table "Held levels" in docs/plc.md, by its first cell. */
const HELD: Record<string, () => void> = {
  "`trigger` stays true": () => {
    const line = Line.ready();
    line.plc({ trigger: true, partId: 1 });
    inspected(line, 1);
    line.acknowledge();
    line.after(SETTINGS.plcTimeout / 2);
    line.plc({ trigger: true });
    assert.deepEqual([line.out.triggerAck, line.out.triggerPartId, line.results.length], [true, 1, 1]);
    line.plc({ trigger: true, partId: 2 });
    assert.deepEqual([line.out.triggerAck, line.out.errorCode, line.out.busy], [false, 8, false]);
  },
  "`trigger` falls before `triggerAck` is there": () => {
    const line = Line.ready();
    line.plc({ trigger: true, partId: 1 });
    line.plc({ trigger: false });
    inspected(line, 1);
    assert.deepEqual([line.out.resultValid, line.out.partId], [true, 1]);
  },
  "`trigger` bounces after its part": () => {
    const line = Line.ready();
    inspected(line, line.trigger(1));
    line.acknowledge();
    line.plc({ trigger: true });
    assert.deepEqual([line.out.triggerAck, line.out.triggerPartId], [true, 1]);
    line.plc({ trigger: false });
    inspected(line, 2);
    assert.deepEqual([line.out.inspectionId, line.out.partId], [2, 1]);
  },
  "`resultAck` stays true": () => {
    const line = Line.ready();
    for (const part of [1, 2]) inspected(line, line.trigger(part));
    line.plc({ resultAck: true });
    line.plc({ resultAck: true });
    assert.deepEqual([line.out.resultValid, line.out.counters.acknowledged], [false, 1]);
    line.plc({ resultAck: false });
    assert.deepEqual([line.out.resultValid, line.out.partId], [true, 2]);
  },
  "`resultAck` rises while `resultValid` is false": () => {
    const line = Line.ready();
    line.plc({ resultAck: true });
    inspected(line, line.trigger(1));
    assert.deepEqual([line.out.resultValid, line.out.counters.acknowledged], [false, 0]);
    line.plc({ resultAck: false });
    assert.deepEqual([line.out.resultValid, line.out.counters.acknowledged], [true, 0]);
    line.plc({ resultAck: true });
    assert.deepEqual([line.out.resultValid, line.out.counters.acknowledged], [false, 1]);
  },
  "`resultAck` never comes": () => {
    const line = Line.ready();
    for (let part = 1; part <= SETTINGS.buffer; part++) inspected(line, line.trigger(part));
    line.after(SETTINGS.fresh + 1);
    assert.deepEqual([line.out.resultValid, line.out.pass, line.out.resultCode], [true, false, 33]);
    assert.equal(line.trigger("one more"), 0);
    line.plc({ trigger: true });
    assert.deepEqual([line.out.errorCode, line.out.inspectionId], [3, 1]);
  },
  "`reset` stays true": () => {
    const line = Line.ready();
    line.trigger(1);
    line.plc({ reset: true });
    assert.deepEqual([line.out.busy, line.results.at(-1)?.code], [false, 35]);
    const id = line.trigger(2);
    line.plc({ reset: true });
    inspected(line, id);
    assert.deepEqual([line.out.partId, line.out.pass], [2, true]);
  },
  "`triggerEnable` falls while `busy`": () => {
    const line = Line.ready();
    const id = line.trigger(1);
    line.plc({ triggerEnable: false });
    inspected(line, id);
    assert.deepEqual([line.out.pass, line.out.ready], [true, false]);
    line.plc({ trigger: true });
    assert.deepEqual([line.out.triggerAck, line.out.errorCode], [false, 1]);
  },
  "`recipe` changes while `busy`": () => {
    for (const out of ["set back", "reset"]) {
      const line = Line.ready();
      const id = line.trigger(1);
      line.plc({ recipe: 2 });
      assert.deepEqual([line.out.errorCode, line.out.ready], [5, false]);
      inspected(line, id);
      assert.deepEqual([line.out.errorCode, line.out.pass, line.out.recipe], [5, true, 1]);
      if (out === "reset") {
        assert.deepEqual(line.plc({ reset: true }).at(-1), { type: "load", recipe: 2 });
        assert.equal(line.out.resultValid, false);
      } else {
        assert.deepEqual(line.plc({ recipe: 1 }), []);
        assert.deepEqual([line.out.errorCode, line.out.ready], [0, true]);
      }
    }
  },
  "`partId` changes while `busy`": () => {
    const line = Line.ready();
    const id = line.trigger(1);
    line.plc({ partId: 2 });
    inspected(line, id);
    assert.deepEqual([line.out.pass, line.out.partId], [true, 1]);
  },
};

describe("what docs/plc.md says of the station", () => {
  it("names every code, and no other", () => {
    const named = [...rows("`errorCode`"), ...rows("`resultCode`")].map(Number).sort((a, b) => a - b);
    const known = Object.values(STATION_CODES).filter((code) => code !== 0);
    assert.deepEqual(named, known);
  });

  it("has a test below for every row of held levels", () => {
    assert.deepEqual(rows("held"), Object.keys(HELD));
  });

  for (const [row, holds] of Object.entries(HELD)) it(`${row.replaceAll("`", "")}: as the table says`, holds);
});
