import assert from "node:assert/strict";
import { join } from "node:path";
import { get } from "sparkplug-payload";
import type { Broker } from "../../scripts/demo/broker";
import { ROOT } from "../support/shared-data";
import { startMosquitto } from "./mosquitto";
import { eventually } from "./small-example";
import { StationRig } from "./station-rig";

const { decodePayload } = get("spBv1.0")!;

describe("the station on MQTT and Sparkplug B, through Mosquitto", function () {
  this.timeout(300_000);
  let broker: Broker | undefined;
  let rig: StationRig;
  let beat = 0;

  before(async function () {
    broker = await startMosquitto(this);
    rig = await StationRig.start({
      ...{ example: join(ROOT, "examples", "station-mqtt.json"), name: "station5", brokerPort: broker.port },
      modules: ["sparkplug-payload"],
      listenTo: ["station5/state", "station5/result", "station5/online", "spBv1.0/#"],
      patch: (node) => {
        if (node.type === "anomaly-station") node.plcTimeout = 0;
        if (node.type === "tab") node.env = [{ name: "STORE", value: "disk", type: "str" }];
      },
    });
  });
  after(async () => {
    await rig?.close();
    await broker?.close();
  });
  // What hangs is to be seen in the log.
  afterEach(function () {
    if (this.currentTest?.isFailed()) console.log(rig?.nodeRed?.log());
  });

  const heard = (topic: string) => rig.heard.filter((message) => message.topic === topic);
  const last = (topic: string) => JSON.parse(heard(topic).at(-1)?.payload.toString() ?? "null");
  const signals = (station: object) =>
    rig.publish("station5/signals", Buffer.from(JSON.stringify({ ...station, heartbeat: ++beat })));
  const metrics = (payload: Buffer) =>
    Object.fromEntries((decodePayload(payload).metrics ?? []).map(({ name, value }) => [name, value]));
  const sparkplug = (type: string) => heard(`spBv1.0/golden-sample/${type}/station5`);

  const askForRebirth = () => {
    const { encodePayload } = get("spBv1.0")!;
    const metric = { name: "Node Control/Rebirth", type: "Boolean" as const, value: true };
    const payload = Buffer.from(encodePayload({ timestamp: Date.now(), metrics: [metric] }));
    rig.publish("spBv1.0/golden-sample/NCMD/station5", payload);
  };
  const bdSeqOf = (type: string) => Number(metrics(sparkplug(type).at(-1)!.payload).bdSeq);

  it("tells what is there at its birth, and each part's result plain and as Sparkplug B", async () => {
    await eventually("it is born", async () => sparkplug("NBIRTH").length > 0 && last("station5/online") === true);
    const birth = metrics(sparkplug("NBIRTH")[0]!.payload);
    assert.deepEqual([birth["Node Control/Rebirth"], birth["result/kind"]], [false, ""]);
    rig.picture = await StationRig.part();
    await eventually("it is ready", async () => {
      signals({ triggerEnable: true });
      return last("station5/state")?.ready === true;
    });
    signals({ trigger: true, partId: "A1" });
    await eventually("the result is there", async () => heard("station5/result").length === 1);
    const result = last("station5/result");
    assert.deepEqual([result.partId, result.kind, result.inspectionId], ["A1", "pass", 1]);
    const ofPart = () => sparkplug("NDATA").find(({ payload }) => "result/kind" in metrics(payload));
    await eventually("and as Sparkplug", async () => ofPart() !== undefined);
    const told = metrics(ofPart()!.payload);
    assert.deepEqual([told["result/pass"], told["result/kind"], told["result/partId"]], [true, "pass", "A1"]);
    assert.equal(told["result/score"], result.score);
    const numbers = [...sparkplug("NBIRTH").slice(-1), ...sparkplug("NDATA")].map(({ payload }) =>
      Number(decodePayload(payload).seq),
    );
    assert.deepEqual(
      numbers,
      numbers.map((_, i) => i),
    );
  });

  it("tells everything again when it is asked to", async () => {
    const before = sparkplug("NBIRTH").length;
    askForRebirth();
    await eventually("it is born again", async () => sparkplug("NBIRTH").length > before);
    assert.equal(metrics(sparkplug("NBIRTH").at(-1)!.payload)["result/partId"], "A1");
  });

  it("is dead for everybody when Node-RED was killed, and its last state is still there", async () => {
    rig.nodeRed.kill();
    await eventually("the broker says so", async () => last("station5/online") === false);
    await eventually("in Sparkplug, too", async () => sparkplug("NDEATH").length > 0);
    assert.equal(bdSeqOf("NDEATH"), bdSeqOf("NBIRTH"));
    const before = rig.heard.length;
    await rig.listenTo("station5/+");
    await eventually("the retained ones come", async () =>
      rig.heard.slice(before).some(({ topic, retain }) => topic === "station5/state" && retain),
    );
  });

  it("has the next bdSeq with each connection, the same in its birth and in its death, also over a restart", async function () {
    const before = bdSeqOf("NBIRTH");
    await rig.startNodeRed();
    // By then the session of the flow that Node-RED had before it was given the same again has ended.
    const births = sparkplug("NBIRTH").length;
    await eventually("it is born again", async () => {
      askForRebirth();
      return sparkplug("NBIRTH").length > births && bdSeqOf("NBIRTH") > before;
    });
    const restarted = bdSeqOf("NBIRTH");
    await broker!.close();
    broker = await startMosquitto(this, broker!.port);
    await eventually("it is there again", async () => {
      // Its birth may have come before our own client was back.
      askForRebirth();
      return bdSeqOf("NBIRTH") > restarted;
    });
    assert.equal(bdSeqOf("NBIRTH"), restarted + 1);
    await rig.nodeRed.stop();
    await eventually("it says good-bye", async () => bdSeqOf("NDEATH") === restarted + 1);
  });
});
