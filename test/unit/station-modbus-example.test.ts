import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { initialState, outputsOf, type StationEvent, type StationSettings, stepStation } from "../../lib";
import { ROOT } from "../support/shared-data";

const SETTINGS: StationSettings = {
  ...{ deadline: 1000, cameraTimeout: 500, fresh: 3000, plcTimeout: 2000, heartbeat: 500 },
  ...{ parallel: 2, buffer: 16, scale: 10_000, freeRunning: false, recipe: 1 },
};

type Run = (msg: object, flow: unknown, node: unknown, clock: { now(): number }) => unknown;

/** The functions of the example that speak Modbus, on one flow context. */
class Wire {
  time = 0;
  private readonly context = new Map<string, unknown>();
  private readonly code = new Map<string, Run>();

  constructor() {
    const flow = JSON.parse(readFileSync(join(ROOT, "examples", "station-modbus.json"), "utf8")) as {
      type: string;
      name: string;
      func: string;
    }[];
    for (const { type, name, func } of flow)
      if (type === "function") this.code.set(name, new Function("msg", "flow", "node", "Date", func) as Run);
  }

  /** @returns the function code of the request that it leads to */
  ask(msg: object): number | undefined {
    const request = this.run("one request at a time", msg) as { payload: Buffer } | null;
    return request?.payload[7];
  }

  tell(station: object): Buffer {
    return (this.run("to the PLC", { station }) as { payload: Buffer }).payload;
  }

  answer(payload: Buffer): unknown {
    return this.run("from the PLC", { payload });
  }

  private run(name: string, msg: object): unknown {
    const { context } = this;
    const flow = {
      get: (key: string) => context.get(key),
      set: (key: string, value: unknown) => context.set(key, value),
    };
    return this.code.get(name)!(msg, flow, {}, { now: () => this.time });
  }
}

const READ = 3;
const WRITE = 16;
const written = (value: number) => ({ payload: Buffer.from([0, 0, 0, 0, 0, 4, 1, WRITE, value]) });
const read = Buffer.from([0, 0, 0, 0, 0, 13, 1, READ, 10, 0, 3, 0, 7, 0, 1, 0, 1, 0, 2]);

describe("the station's example on Modbus TCP", () => {
  it("has one request under way, and sends what is to be written before it reads again", () => {
    const wire = new Wire();
    assert.equal(wire.ask({}), READ);
    assert.deepEqual([wire.ask({}), wire.ask(written(1)), wire.ask(written(2))], [undefined, undefined, undefined]);
    const [reading, answered] = wire.answer(read) as [{ station: { trigger: boolean; partId: number } }, object];
    assert.deepEqual([reading.station.trigger, reading.station.partId], [true, 65_538]);
    assert.equal(wire.ask(answered), WRITE);
    const [, again] = wire.answer(Buffer.from([0, 0, 0, 0, 0, 6, 1, WRITE, 0, 200, 0, 16])) as [null, object];
    assert.equal(wire.ask(again), READ, "the reading that was due meanwhile");
  });

  it("writes each output where docs/plc.md has it, all in one request", () => {
    const wire = new Wire();
    let state = initialState(0);
    const events: StationEvent[] = [
      { time: 0, type: "engine", state: "ready" },
      { time: 0, type: "signals", signals: { triggerEnable: true, heartbeat: 1 } },
      { time: 0, type: "loaded", recipe: 1, bank: "one" },
      { time: 0, type: "signals", signals: { trigger: true, partId: 70_000, heartbeat: 2 } },
    ];
    for (const event of events) state = stepStation(state, event, SETTINGS).state;
    const request = wire.tell(outputsOf(state, SETTINGS));
    assert.deepEqual([...request.subarray(4, 13)], [0, 39, 1, WRITE, 0, 200, 0, 16, 32]);
    const registers = Array.from({ length: 16 }, (_, i) => request.readUInt16BE(13 + 2 * i));
    const [bits, ...rest] = registers;
    // online, triggerAck, busy, exposing; nothing of a result, recipe 1, SingleExecution, and whose trigger it was.
    assert.equal(bits, 0b11101);
    assert.deepEqual(rest, [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 6, 0, 0, 1, 4464]);
  });

  it("asks again after a quarter of a second without an answer, and takes no half of an old one for a new one's", () => {
    const wire = new Wire();
    wire.ask({});
    assert.equal(wire.answer(read.subarray(0, 8)), null);
    wire.time = 249;
    assert.equal(wire.ask({}), undefined);
    wire.time = 250;
    assert.equal(wire.ask({}), READ);
    const [reading] = wire.answer(read) as [{ station: { heartbeat: number } }];
    assert.equal(reading.station.heartbeat, 7);
  });
});
