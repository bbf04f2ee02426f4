import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SIGNALS, SignalRecorder } from "../../scripts/demo/station/signal-recorder";
import { serveSignals } from "../../scripts/demo/station/signals-page";
import { timingDiagram } from "../../scripts/demo/station/timing-diagram";
import { withDiagrams } from "../../scripts/timing-diagrams";
import { ROOT } from "../support/shared-data";

const REQ = [1, 7, 1, 0, 42];
const STS = [0b10, 0, 0, 0, 0, 0, 0, 1, 0, 0, 3, 5, 0, 0, 0, 0];

describe("the timing diagrams of the station", () => {
  it("are in docs/plc.md as the state machine has them now (npm run docs)", () => {
    const page = readFileSync(join(ROOT, "docs", "plc.md"), "utf8");
    assert.equal(page, withDiagrams(page));
  });

  it("show what a trigger leads to, up to the end of its handshake", () => {
    const [trigger, triggerAck, pass] = timingDiagram({
      ...{ title: "", step: 10, length: 30, triggers: [2], frame: 50, verdict: 80 },
      rows: ["trigger", "triggerAck", "pass"],
    }).split("\n");
    assert.match(trigger!, /^trigger +_+\/‾*\\_+$/);
    assert.match(triggerAck!, /_\/‾*\\_/);
    assert.match(pass!, /_\/‾+\\_/);
  });

  it("show that a PLC takes no other part's acknowledgement for its own, and has each part inspected", () => {
    const rows = timingDiagram({
      ...{ title: "", step: 5, length: 90, triggers: [3, 17], bounce: [14, 16], frame: 50, verdict: 90 },
      rows: ["triggerPartId", "partId"],
    }).split("\n");
    const numbers = rows.map((row) => row.slice("triggerPartId".length).match(/\d/g));
    assert.deepEqual(numbers, [
      ["1", "1", "2"],
      ["1", "1", "2"],
    ]);
  });

  it("are drawn live from the registers, by a page that loads nothing from elsewhere", async () => {
    const recorder = new SignalRecorder();
    recorder.cycle(Uint16Array.from(REQ), Uint16Array.from(STS), 100);
    recorder.cycle(Uint16Array.from(REQ), Uint16Array.from(STS), 102);
    recorder.cycle(Uint16Array.from([0, ...REQ.slice(1)]), Uint16Array.from([0b110, ...STS.slice(1)]), 104);
    const page = await serveSignals(() => ({ ...recorder.read(110), line: { parts: 3 } }));
    try {
      const { changes, line } = (await (await fetch(`${page.url}signals.json`)).json()) as {
        changes: [number, number][];
        line: object;
      };
      const named = changes.map(([time, levels]) => [
        time,
        SIGNALS.filter((_, i) => (levels >> i) & 1).map((s) => s.name),
      ]);
      assert.deepEqual(named, [
        [100, ["trigger", "ready"]],
        [104, ["ready", "triggerAck"]],
      ]);
      assert.deepEqual(line, { parts: 3 });
      const html = await (await fetch(page.url)).text();
      assert.doesNotMatch(html, /https?:\/\/|src=|@import/);
    } finally {
      await page.close();
    }
  });
});
