import assert from "node:assert/strict";
import { STATION_CODES } from "../../lib";
import { Line, SETTINGS } from "../support/station-at-line";

describe("the station's handshake", () => {
  it("goes from trigger to result and back", () => {
    const line = Line.ready();
    assert.equal(line.out.state, "Ready");
    assert.deepEqual(line.plc({ trigger: true, partId: "A7" }), [{ type: "expose", id: 1, partId: "A7", recipe: 1 }]);
    const { triggerAck, triggerPartId, busy, exposing, ready, resultValid, state } = line.out;
    assert.deepEqual([triggerAck, triggerPartId], [true, "A7"]);
    assert.deepEqual(
      { busy, exposing, ready, resultValid, state },
      { busy: true, exposing: true, ready: false, resultValid: false, state: "SingleExecution" },
    );
    line.after(30);
    assert.deepEqual(line.happens({ type: "frame", id: 1 }), [
      { type: "inspect", id: 1, partId: "A7", recipe: 1, bank: "one" },
    ]);
    assert.deepEqual([line.out.exposing, line.out.busy, line.out.ready], [false, true, true]);
    line.plc({ trigger: false });
    assert.deepEqual([line.out.triggerAck, line.out.triggerPartId], [false, null]);
    line.after(40);
    line.verdict(1, "ok", { score: 0.123456 });
    const shown = line.out;
    assert.deepEqual(
      [shown.resultValid, shown.pass, shown.fail, shown.unlike, shown.resultCode, shown.busy],
      [true, true, false, false, 0, false],
    );
    assert.deepEqual([shown.inspectionId, shown.partId, shown.score, shown.threshold], [1, "A7", 1235, 5000]);
    assert.deepEqual(shown.timing, { exposed: 30, judged: 70, valid: 70 });
    line.plc({ resultAck: true });
    assert.deepEqual([line.out.resultValid, line.out.pass, line.out.inspectionId], [false, false, 0]);
    line.plc({ resultAck: false });
    assert.equal(line.out.counters.acknowledged, 1);
  });

  it("passes nothing that is over the threshold, unlike, judged by another bank or ended in an error", () => {
    const line = Line.ready();
    const cases = [
      [(id: number) => line.verdict(id, "ok", { over: true }), "fail", 0],
      [(id: number) => line.verdict(id, "anomaly"), "fail", 0],
      [(id: number) => line.verdict(id, "unlike"), "unlike", 0],
      [(id: number) => line.verdict(id, "ok", { bank: "two" }), "fault", STATION_CODES.wrongBank],
      [(id: number) => line.happens({ type: "failure", id }), "fault", STATION_CODES.failed],
    ] as const;
    for (const [judge, kind, code] of cases) {
      const id = line.trigger("x");
      line.happens({ type: "frame", id });
      judge(id);
      assert.deepEqual([line.out.pass, line.out.resultValid, line.out.resultCode], [false, true, code]);
      assert.equal(line.results.at(-1)!.kind, kind);
      line.acknowledge();
    }
  });

  it("counts and answers a trigger that it does not take, and never does it later", () => {
    const line = Line.ready();
    line.plc({ trigger: true, partId: 1 });
    line.plc({ trigger: false });
    line.plc({ trigger: true, partId: 2 });
    assert.deepEqual([line.out.triggerAck, line.out.errorCode], [false, STATION_CODES.busy]);
    assert.equal(line.out.counters.refused, 1);
    line.happens({ type: "frame", id: 1 });
    line.verdict(1);
    assert.equal(line.out.errorCode, STATION_CODES.busy, "until the trigger falls");
    line.plc({ trigger: false });
    assert.equal(line.out.errorCode, 0);
    assert.deepEqual([line.results.length, line.out.counters.triggers], [1, 1]);
  });

  it("says whose trigger it has taken, whatever part the PLC names meanwhile", () => {
    const line = Line.ready();
    line.trigger(1);
    line.happens({ type: "frame", id: 1 });
    // A bounce: nobody has begun part 1 again.
    line.plc({ trigger: true });
    assert.deepEqual([line.out.triggerAck, line.out.triggerPartId], [true, 1]);
    line.plc({ trigger: true, partId: 2 });
    assert.deepEqual([line.out.triggerAck, line.out.triggerPartId], [false, null]);
    line.plc({ trigger: false });
    line.happens({ type: "frame", id: 2 });
    line.verdict(1);
    line.acknowledge();
    line.plc({ trigger: true });
    assert.deepEqual([line.out.triggerAck, line.out.triggerPartId, line.out.partId], [true, 2, null]);
    line.restart();
    assert.deepEqual([line.out.triggerAck, line.out.triggerPartId], [false, null]);
  });

  it("takes its acknowledgement back where the trigger's fall was missed and another part is meant", () => {
    const line = Line.ready();
    line.plc({ trigger: true, partId: 1 });
    line.plc({ trigger: true, partId: 2 });
    assert.deepEqual([line.out.triggerAck, line.out.errorCode], [false, STATION_CODES.triggerNotSeen]);
    assert.equal(line.state.counters.refused, 1);
    line.plc({ trigger: false });
    line.happens({ type: "frame", id: 1 });
    line.verdict(1);
    assert.deepEqual([line.out.partId, line.out.errorCode], [1, 0]);
  });

  it("hands results out in the order of their triggers, whichever verdict comes first", () => {
    const line = Line.ready();
    const first = line.trigger("a");
    line.happens({ type: "frame", id: first });
    const second = line.trigger("b");
    line.happens({ type: "frame", id: second });
    line.verdict(second);
    assert.equal(line.out.resultValid, false);
    line.verdict(first, "anomaly");
    assert.deepEqual([line.out.partId, line.out.fail], ["a", true]);
    line.acknowledge();
    assert.deepEqual([line.out.partId, line.out.pass], ["b", true]);
  });

  it("takes no trigger that it could not keep the result of", () => {
    const line = Line.ready();
    for (let part = 1; part <= SETTINGS.buffer; part++) {
      const id = line.trigger(part);
      line.happens({ type: "frame", id });
      line.verdict(id);
    }
    assert.equal(line.out.ready, false);
    line.plc({ trigger: true });
    assert.equal(line.out.errorCode, STATION_CODES.bufferFull);
    line.plc({ trigger: false });
    line.acknowledge();
    assert.equal(line.out.ready, true);
  });

  it("ends a part whose frame or verdict is late as a fault, and gives what comes later to no other part", () => {
    const line = Line.ready();
    const late = line.trigger("late");
    line.happens({ type: "frame", id: late });
    line.after(SETTINGS.deadline);
    assert.deepEqual([line.out.pass, line.out.resultCode], [false, STATION_CODES.late]);
    const blind = line.trigger("blind");
    line.verdict(late);
    line.after(SETTINGS.cameraTimeout);
    assert.deepEqual([line.out.state, line.out.errorCode], ["Error", STATION_CODES.cameraLost]);
    line.plc({ reset: true });
    line.plc({ reset: false });
    const next = line.trigger("next");
    assert.deepEqual(line.happens({ type: "frame", id: blind }), []);
    assert.equal(line.out.exposing, true);
    line.happens({ type: "frame", id: next });
    line.verdict(next);
    assert.deepEqual([line.out.partId, line.out.pass], ["next", true]);
    assert.deepEqual(
      line.results.map(({ kind, code }) => [kind, code]),
      [
        ["fault", STATION_CODES.late],
        ["fault", STATION_CODES.cameraLost],
        ["pass", 0],
      ],
    );
  });

  it("chooses the first frame that a free-running camera took after the trigger", () => {
    const line = Line.ready({ freeRunning: true });
    line.after(1000);
    line.plc({ trigger: true, partId: 9 });
    assert.equal(line.out.state, "ContinuousExecution");
    line.after(20);
    assert.deepEqual(line.happens({ type: "frame", taken: 999 }), [], "taken before the trigger");
    assert.equal(line.happens({ type: "frame", taken: 1010 })[0]?.type, "inspect");
    assert.deepEqual(line.happens({ type: "frame", taken: 1015 }), [], "one frame a part");
  });

  it("takes a pass back when it is no longer fresh", () => {
    const line = Line.ready();
    const id = line.trigger(1);
    line.verdict(id);
    line.after(SETTINGS.fresh);
    assert.equal(line.out.pass, true);
    line.after(1);
    assert.deepEqual([line.out.resultValid, line.out.pass, line.out.resultCode], [true, false, STATION_CODES.expired]);
  });

  it("takes passes back with every fault, and says which it is", () => {
    const faults = [
      [(line: Line) => line.happens({ type: "engine", state: "lost" }), STATION_CODES.engineLost, "Error"],
      [(line: Line) => line.happens({ type: "loaded", recipe: 1, bank: null }), STATION_CODES.recipeUnknown, "Error"],
      [(line: Line) => line.happens({ type: "halt" }), STATION_CODES.halted, "Halted"],
    ] as const;
    for (const [fault, code, state] of faults) {
      const line = Line.ready();
      line.verdict(line.trigger(1));
      assert.equal(line.out.pass, true);
      fault(line);
      const { pass, resultValid, resultCode, ready } = line.out;
      assert.deepEqual(
        { pass, resultValid, resultCode, ready },
        { pass: false, resultValid: true, resultCode: code, ready: false },
      );
      assert.equal(line.out.state, state);
    }
  });

  it("stops for a PLC whose heartbeat stands still, and goes on with one that is back", () => {
    const line = Line.ready({ fresh: 10_000 });
    line.plc({ trigger: true, partId: 1 });
    line.verdict(1);
    line.after(SETTINGS.plcTimeout + 1);
    assert.deepEqual([line.out.state, line.out.errorCode], ["Error", STATION_CODES.plcLost]);
    assert.deepEqual([line.out.pass, line.out.resultValid, line.out.triggerAck], [false, false, false]);
    line.happens({ type: "signals", signals: { trigger: true } });
    assert.equal(line.out.state, "Error", "a value that does not change is no heartbeat");
    line.plc({ trigger: true, partId: 2 });
    assert.equal(line.out.errorCode, STATION_CODES.triggerNotSeen);
    assert.deepEqual([line.out.resultValid, line.out.pass, line.out.partId], [true, false, 1]);
    line.plc({ trigger: false });
    assert.equal(line.out.ready, true);
  });

  it("loads the bank of another recipe before it is ready, and refuses a change while it is busy", () => {
    const line = Line.ready();
    const id = line.trigger(1);
    line.happens({ type: "frame", id });
    assert.deepEqual(line.plc({ recipe: 2 }), []);
    assert.deepEqual([line.out.errorCode, line.out.ready, line.out.recipe], [STATION_CODES.recipeWhileBusy, false, 1]);
    line.verdict(id);
    line.acknowledge();
    assert.equal(line.out.ready, false, "not done later in silence");
    line.plc({ recipe: 1 });
    assert.equal(line.out.ready, true);
    assert.deepEqual(line.plc({ recipe: 2 }), [{ type: "load", recipe: 2 }]);
    assert.deepEqual([line.out.ready, line.out.recipe], [false, null]);
    line.happens({ type: "loaded", recipe: 1, bank: "one" });
    assert.equal(line.out.recipe, null, "an answer of before");
    line.happens({ type: "loaded", recipe: 2, bank: "two" });
    assert.deepEqual([line.out.ready, line.out.recipe], [true, 2]);
  });

  it("goes on after a restart: identifiers, what waits, and nothing is acknowledged twice", () => {
    const line = Line.ready();
    for (const part of [1, 2]) {
      const id = line.trigger(part);
      line.happens({ type: "frame", id });
      line.verdict(id);
    }
    line.acknowledge();
    assert.equal(line.trigger(3), 3);
    line.restart();
    // Still shown, or the PLC would take back an acknowledgement that nobody has seen.
    assert.deepEqual([line.out.state, line.out.resultValid, line.out.pass], ["Preoperational", true, false]);
    line.plc({ triggerEnable: true });
    line.happens({ type: "engine", state: "ready" });
    line.happens({ type: "loaded", recipe: 1, bank: "one" });
    assert.deepEqual([line.out.inspectionId, line.out.pass, line.out.resultCode], [2, false, STATION_CODES.restarted]);
    line.acknowledge();
    assert.deepEqual([line.out.inspectionId, line.out.pass, line.out.resultCode], [3, false, STATION_CODES.restarted]);
    line.acknowledge();
    assert.equal(line.out.resultValid, false);
    assert.equal(line.trigger(4), 4);
    assert.equal(line.out.counters.acknowledged, 3);
    assert.deepEqual(
      line.results.map(({ id }) => id),
      [1, 2, 3],
    );
  });

  it("takes an acknowledgement that came while it was away for the result that was shown", () => {
    const line = Line.ready();
    line.verdict(line.trigger(1));
    line.restart();
    line.plc({ resultAck: true });
    line.plc({ resultAck: false });
    assert.deepEqual([line.out.resultValid, line.out.counters.acknowledged], [false, 1]);
  });

  it("writes to no state that it was given", () => {
    const line = Line.ready();
    line.plc({ trigger: true });
    const before = JSON.stringify(line.state);
    const frozen = line.state;
    line.happens({ type: "frame", id: 1 });
    line.verdict(1);
    line.plc({ trigger: false, resultAck: true, reset: true });
    assert.equal(JSON.stringify(frozen), before);
  });
});
