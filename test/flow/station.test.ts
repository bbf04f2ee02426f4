import assert from "node:assert/strict";
import {
  assertSentence,
  BACKBONE,
  BANK,
  buildBank,
  type FlowNode,
  FlowTest,
  type Message,
  TAB,
  until,
  WATCH,
} from "./harness";

const flow = (settings: Partial<FlowNode> = {}): FlowNode[] => [
  TAB,
  BACKBONE,
  BANK,
  {
    ...{ id: "node", type: "anomaly-station", z: "tab", bank: "bank" },
    // Long enough for a starved machine.
    ...{
      recipes: '{"1": "part", "2": "other"}',
      cameraTimeout: 60_000,
      deadline: 60_000,
      fresh: 60_000,
      plcTimeout: 0,
    },
    wires: [["plc"], ["camera"], ["frame"], ["result"]],
    ...settings,
  },
  ...["plc", "camera", "frame", "result"].map((id) => ({ id, type: "helper", z: "tab" })),
  ...WATCH,
];

interface Station {
  state: string;
  ready: boolean;
  pass: boolean;
  resultValid: boolean;
  resultCode: number;
  errorCode: number;
  inspectionId: number;
  recipe: unknown;
  kind: string;
}
const stationOf = (message: Message | undefined) => (message?.station ?? {}) as Station;

describe("anomaly-station", () => {
  let test: FlowTest;
  beforeEach(() => {
    test = new FlowTest();
  });
  afterEach(() => test.end());

  const told = () => stationOf(test.inbox("plc").messages.at(-1));
  const plc = (station: object) => test.send({ station });
  const ready = () => until(() => told().ready);
  const verdict = (inspectionId: number, bank = "part") =>
    test.send({
      station: { inspectionId },
      anomaly: { verdict: "ok", over: false, score: 0.1, threshold: 0.2, bank: { name: bank } },
    });

  it("triggers the camera, sends its frame on with the bank of the recipe, and hands out the result", async () => {
    await buildBank(test.banks, "other");
    await test.start(flow());
    plc({ triggerEnable: true, recipe: 2 });
    await ready();
    assert.equal(told().recipe, 2);
    plc({ trigger: 1, partId: "A1" });
    const trigger = await test.inbox("camera").first();
    assert.deepEqual(trigger.station, { inspectionId: 1, partId: "A1", recipe: 2 });
    test.send({ payload: "picture", station: trigger.station });
    const frame = await test.inbox("frame").first();
    assert.deepEqual([frame.payload, frame.bank], ["picture", "other"]);
    verdict(1, "other");
    await until(() => told().pass);
    assert.equal(stationOf(await test.inbox("result").first()).kind, "pass");
  });

  it("lets nothing pass that the bank of another recipe judged", async () => {
    await buildBank(test.banks);
    await test.start(flow());
    plc({ triggerEnable: true, recipe: 1 });
    await ready();
    plc({ trigger: true });
    verdict(1, "other");
    await until(() => told().resultValid);
    assert.deepEqual([told().pass, told().resultCode], [false, 32]);
  });

  it("is in error, and takes no trigger, once its bank is deleted", async () => {
    await buildBank(test.banks);
    await test.start(flow({ recipes: "" }));
    plc({ triggerEnable: true });
    await ready();
    assert.equal((await test.admin.post("/golden-sample/banks/part/delete").send({ inUse: true })).status, 200);
    await until(() => told().state === "Error");
    assert.deepEqual([told().errorCode, told().ready], [23, false]);
  });

  it("is in error for a recipe that there is not, and ready again with another", async () => {
    await buildBank(test.banks);
    await test.start(flow());
    plc({ triggerEnable: true, recipe: 3 });
    await until(() => told().state === "Error");
    assert.equal(told().errorCode, 23);
    plc({ recipe: 1 });
    await ready();
  });

  it("ends an inspection whose frame failed, and asks whose frame it is where nothing says so", async () => {
    await buildBank(test.banks);
    await test.start(flow());
    plc({ triggerEnable: true });
    await ready();
    plc({ trigger: true });
    test.send({ error: { message: "unreadable" }, station: { inspectionId: 1 } });
    await until(() => told().resultCode === 31);
    test.send({ payload: "picture" });
    assertSentence((await test.inbox("caught").first()).error, "BAD_REQUEST");
  });

  it("takes the frame that a free-running camera took after the trigger", async () => {
    await buildBank(test.banks);
    await test.start(flow({ camera: "free" }));
    plc({ triggerEnable: true });
    await ready();
    plc({ trigger: true });
    await until(() => told().state === "ContinuousExecution");
    test.send({ payload: "before", station: { taken: Date.now() - 120_000 } });
    test.send({ payload: "after", station: { taken: Date.now() } });
    assert.equal((await test.inbox("frame").first()).payload, "after");
  });

  it("goes on after a deploy: what was under way is a fault, what waits is no pass, numbers go on", async () => {
    await buildBank(test.banks);
    await test.start(flow());
    plc({ triggerEnable: true });
    await ready();
    plc({ trigger: true });
    verdict(1);
    await until(() => told().pass);
    plc({ trigger: false });
    plc({ trigger: true });
    await until(() => test.inbox("camera").messages.length === 2);
    await test.deploy(flow());
    assert.equal(stationOf(await test.inbox("result").first()).inspectionId, 2);
    plc({ trigger: false, triggerEnable: true });
    await ready();
    assert.deepEqual([told().inspectionId, told().pass, told().resultCode], [1, false, 34]);
    for (const acknowledged of [1, 2]) {
      await until(() => told().inspectionId === acknowledged);
      plc({ resultAck: true });
      plc({ resultAck: false });
    }
    plc({ trigger: true });
    assert.deepEqual(stationOf(await test.inbox("camera").first()).inspectionId, 3);
  });
});
