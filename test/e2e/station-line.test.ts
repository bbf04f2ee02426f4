import assert from "node:assert/strict";
import { FAULTS, type FaultKind, faultSchedule } from "../../scripts/demo/station/faults";
import { StationLine } from "../../scripts/demo/station/station-line";

const PARTS = 130;
/** Parts between two faults, about. */
const EVERY = 6;
const SEED = 18;

describe("a line of parts at the station, with faults", function () {
  this.timeout(600_000);
  let line: StationLine | undefined;

  before(function () {
    if (process.platform === "linux") return;
    console.log("      skipped: which processes there are is looked up in /proc");
    this.skip();
  });
  after(() => line?.close());

  it("passes no defective part because of one, answers for every part, and mixes none up", async () => {
    line = await StationLine.start({
      seed: SEED,
      // Long enough for a starved machine; the bench has those of a line.
      station: { deadline: 5000, cameraTimeout: 2000, fresh: 10_000, plcTimeout: 4000 },
      times: { silent: 4000, patience: 5000, notReady: 500, noAnswer: 20_000 },
    });
    const seen = new Set<FaultKind>();
    const report = await line.run(PARTS, faultSchedule(SEED, PARTS, EVERY), ({ kind }) => seen.add(kind));
    console.log(`      ${JSON.stringify({ ...report.why, passed: report.passed, codes: report.codes })}`);
    assert.deepEqual(report.complaints, []);
    const { defectivePassed, withoutAnswer, ofAnotherPart } = report;
    assert.deepEqual([defectivePassed, withoutAnswer, ofAnotherPart], [0, 0, 0]);
    assert.deepEqual([...seen].sort(), [...FAULTS].sort());
    // It is no line that passes nothing at all.
    assert.ok(report.parts >= PARTS && report.passed > 0 && report.rejected > 0);
  });
});
