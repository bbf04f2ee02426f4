import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAsync, type MqttClient } from "mqtt";
import sharp from "sharp";
import { type Broker, startBroker } from "../../scripts/demo/broker";
import { type FlowNode, NodeRedProcess } from "../../scripts/demo/node-red-process";
import { childrenOf } from "../../scripts/demo/processes";
import { renderPart } from "../support/rendered-part";
import { ROOT } from "../support/shared-data";
import { eventually } from "./small-example";
import { type Handled, StationPlc } from "./station-plc";

const REFERENCES = 4;
const READY = 1;
const RESULT_VALID = 5;

describe("the station on Modbus TCP, a PLC program at the other end", function () {
  this.timeout(300_000);
  let broker: Broker;
  let plc: StationPlc;
  let camera: MqttClient;
  let nodeRed: NodeRedProcess;
  let userDir: string;
  let flow: FlowNode[];
  /** What lies before the camera; absent: the camera does not answer. */
  let picture: Buffer | undefined;
  let part = 70_000;
  const results: { inspectionId: number; partId: number; kind: string }[] = [];

  before(async () => {
    userDir = mkdtempSync(join(tmpdir(), "golden-sample-station-"));
    broker = await startBroker();
    plc = await StationPlc.start();
    flow = JSON.parse(readFileSync(join(ROOT, "examples", "station-modbus.json"), "utf8")) as FlowNode[];
    for (const node of flow) {
      if (node.type === "mqtt-broker") node.port = String(broker.port);
      if (node.type === "tcp request") node.port = String(plc.port);
      if (node.type === "anomaly-build") node.frames = REFERENCES;
      // Long enough for a starved machine.
      if (node.type === "anomaly-station")
        Object.assign(node, { deadline: 20_000, fresh: 30_000, cameraTimeout: 5_000, plcTimeout: 10_000 });
    }
    camera = await connectAsync(`mqtt://127.0.0.1:${broker.port}`);
    camera.on("message", (topic, payload) => {
      if (topic === "station1/result") results.push(JSON.parse(payload.toString()));
      else if (picture) camera.publish(`station1/camera/frame/${payload.toString()}`, picture);
    });
    await camera.subscribeAsync(["station1/camera/trigger", "station1/result"]);
    await start();
  });
  after(async () => {
    await nodeRed?.stop();
    await camera?.endAsync();
    await plc?.close();
    await broker?.close();
    rmSync(userDir, { recursive: true, force: true, maxRetries: 5 });
  });

  async function start(): Promise<void> {
    nodeRed = await NodeRedProcess.start({ userDir, nodesDir: [ROOT] });
    await nodeRed.deploy(flow);
  }
  // What hangs is to be seen in the log.
  afterEach(function () {
    if (this.currentTest?.isFailed()) console.log(nodeRed?.log());
  });

  const ready = () => eventually("the station is ready", async () => plc.bit(READY));
  async function show(image: Buffer | undefined): Promise<Handled> {
    picture = image;
    let handled: Handled | undefined;
    void plc.inspect(++part).then((answer) => {
      handled = answer;
    });
    await eventually("the PLC is answered", async () => handled !== undefined);
    return handled!;
  }

  it("is not ready, and refuses triggers, until its bank is there", async () => {
    await eventually("the station is in state Error", async () => plc.state === 3);
    const { answer, errorCode, pass } = await show(undefined);
    assert.deepEqual([answer, errorCode, pass], ["refused", 23, false]);
  });

  it("passes a good part and fails a defective one", async () => {
    for (let seed = 0; seed < REFERENCES; seed++) await camera.publishAsync("station1/learn", await renderPart(seed));
    await eventually("the bank is built", async () => {
      const state = await fetch(new URL("golden-sample/banks/station-part", nodeRed.url));
      return ((await state.json()) as { version?: number }).version === 1;
    });
    plc.pulseReset();
    await ready();
    const good = await show(await renderPart(0));
    assert.deepEqual([good.answer, good.resultCode, good.pass, good.inspectionId], ["result", 0, true, 1]);
    assert.ok(good.score < good.threshold && good.threshold > 0);
    await ready();
    const bad = await show(await renderPart(5, "scratch"));
    assert.deepEqual([bad.pass, bad.fail, bad.inspectionId], [false, true, 2]);
    assert.ok(bad.score > bad.threshold);
  });

  it("passes neither a dark frame nor one that cannot be read", async () => {
    await ready();
    const dark = await show(
      await sharp(await renderPart(0))
        .linear(0.05, 0)
        .jpeg()
        .toBuffer(),
    );
    assert.deepEqual([dark.pass, dark.fail, dark.unlike], [false, false, true]);
    await ready();
    const broken = await show(Buffer.from("This is no picture."));
    assert.deepEqual([broken.answer, broken.pass, broken.resultCode], ["result", false, 31]);
  });

  it("ends a part whose frame does not come as a fault, and needs a reset", async () => {
    await ready();
    const blind = await show(undefined);
    assert.deepEqual([blind.answer, blind.pass, blind.resultCode], ["result", false, 21]);
    assert.equal(plc.state, 3);
    plc.pulseReset();
    await ready();
  });

  it("passes nothing while the engine is dead, and goes on with a new one", async () => {
    await ready();
    process.kill(childrenOf(nodeRed.pid)[0]!, "SIGKILL");
    const { pass } = await show(await renderPart(5, "scratch"));
    assert.equal(pass, false);
    await ready();
    await eventually("a good part passes again", async () => {
      await ready();
      return (await show(await renderPart(0))).pass;
    });
  });

  it("goes on with the next number after Node-RED was killed, and every accepted part had one result", async () => {
    const before = (await show(await renderPart(0))).inspectionId;
    await eventually("it was acknowledged", async () => !plc.bit(RESULT_VALID));
    nodeRed.kill();
    await start();
    await ready();
    const after = await eventuallyAccepted();
    assert.ok(after.inspectionId > before && after.inspectionId <= before + 5, `${before}, then ${after.inspectionId}`);
    const ids = results.map(({ inspectionId }) => inspectionId);
    const upTo = ids.filter((id) => id <= before);
    assert.deepEqual(
      upTo,
      upTo.map((_, i) => i + 1),
    );
    assert.equal(new Set(ids).size, ids.length);
  });

  async function eventuallyAccepted() {
    for (let attempt = 0; attempt < 20; attempt++) {
      const handled = await show(await renderPart(0));
      if (handled.answer === "result") return handled;
    }
    assert.fail("no trigger was taken");
  }
});
