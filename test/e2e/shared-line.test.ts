import assert from "node:assert/strict";
import { mkdir, readFile, symlink } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import mqtt, { type MqttClient } from "mqtt";
import { EngineClient } from "../../lib/engine/supervisor/client";
import type { Broker } from "../../scripts/demo/broker";
import { type FlowNode, NodeRedProcess } from "../../scripts/demo/node-red-process";
import { renderPart } from "../support/rendered-part";
import { ROOT } from "../support/shared-data";
import { temporaryFolder } from "../support/temporary";
import { startMosquitto } from "./mosquitto";

const INSPECTORS = ["one", "two", "three"];
const REFERENCES = 8;
const FRAMES = 60;
const WAIT_MS = 90_000;

interface Verdict {
  verdict: string;
  by: string;
  tried: number;
}

describe("three Node-REDs share one camera over MQTT 5", function () {
  this.timeout(240_000);
  const folder = temporaryFolder();
  const processes = new Map<string, NodeRedProcess>();
  const verdicts = new Map<string, Verdict[]>();
  const errors: string[] = [];
  let broker: Broker;
  let camera: MqttClient;
  let pictures: Buffer[];

  before(async function () {
    broker = await startMosquitto(this);
    pictures = await Promise.all(Array.from({ length: REFERENCES + 4 }, (_, seed) => renderPart(seed)));
    const banks = join(folder.path, "banks");
    await buildBank(banks);
    const flow = JSON.parse(await readFile(join(ROOT, "examples", "shared-line.json"), "utf8")) as FlowNode[];
    for (const node of flow) if (node.type === "mqtt-broker") node.port = String(broker.port);
    const start = async (name: string, tab: "Inspector" | "Keeper") => {
      const userDir = join(folder.path, name);
      await mkdir(join(userDir, "golden-sample"), { recursive: true });
      await symlink(banks, join(userDir, "golden-sample", "banks"), "junction");
      const nodeRed = await NodeRedProcess.start({ userDir, nodesDir: [ROOT], env: { INSPECTOR: name } });
      processes.set(name, nodeRed);
      await nodeRed.deploy(only(flow, tab));
    };
    await Promise.all([start("keeper", "Keeper"), ...INSPECTORS.map((name) => start(name, "Inspector"))]);
    camera = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, { reconnectPeriod: 0 });
    camera.on("message", (topic, payload) => {
      const [, kind, frame] = topic.split("/");
      if (kind === "error") errors.push(`${frame}: ${payload.toString()}`);
      else verdicts.set(frame!, [...(verdicts.get(frame!) ?? []), JSON.parse(payload.toString()) as Verdict]);
    });
    await camera.subscribeAsync(["line1/verdict/+", "line1/error/+"], { qos: 1 });
    // A frame published before anybody has subscribed is nobody's: ask till all have answered through the keeper.
    const answered = () => new Set([...verdicts.values()].map(([first]) => first!.by)).size;
    for (let probe = 0; answered() < INSPECTORS.length; probe++) {
      assert.ok(probe < WAIT_MS / 200, "all three take part");
      await send(`probe${probe}`, 1);
      await pause(200);
    }
  });

  after(async () => {
    await camera?.endAsync(true);
    await Promise.all([...processes.values()].map((nodeRed) => nodeRed.stop()));
    await broker?.close();
    folder.remove();
  });

  it("and one verdict a frame comes, from all of them", async () => {
    const seconds = await timed(async () => {
      await send("all", FRAMES);
      await settled("all", FRAMES);
    });
    console.log(`      three processes on ${availableParallelism()} cores: ${(FRAMES / seconds).toFixed(1)} frames/s`);
    assertOneEach("all", FRAMES);
    const shares = INSPECTORS.map((name) => [...verdicts.values()].filter(([first]) => first!.by === name).length);
    assert.ok(
      shares.every((share) => share > 0),
      `shares of ${INSPECTORS.join(", ")}: ${shares.join(", ")}`,
    );
  });

  it("and one that is killed mid-stream costs no frame and doubles none", async () => {
    await send("kill", FRAMES);
    while (!count("kill")) await pause(5);
    processes.get("two")!.kill();
    assert.ok(count("kill") < FRAMES, "killed while frames were under way");
    await settled("kill", FRAMES);
    assertOneEach("kill", FRAMES);
    const again = named("kill").filter(([, [first]]) => first!.tried > 1);
    console.log(`      killed after some verdicts: ${again.length} of ${FRAMES} frames were sent again`);
    assert.ok(again.length > 0 && again.every(([, [first]]) => first!.by !== "two"));
  });

  it("and the two that are left, then one, go on", async () => {
    for (const left of [2, 1]) {
      const name = `left${left}`;
      const seconds = await timed(async () => {
        await send(name, FRAMES);
        await settled(name, FRAMES);
      });
      assertOneEach(name, FRAMES);
      console.log(`      ${left} process(es): ${(FRAMES / seconds).toFixed(1)} frames/s`);
      await processes.get("three")!.stop();
    }
  });

  it("and a picture that cannot be read is one error, not five tries", async () => {
    await camera.publishAsync("line1/camera/broken", "no picture", { qos: 1 });
    await until(() => errors.length > 0);
    assert.equal(errors.length, 1);
    assert.match(errors[0]!, /^broken: .*BAD_IMAGE.*"tried":1/);
    const doubled = [...verdicts].filter(([, list]) => list.length > 1);
    assert.deepEqual(doubled, [], "not one verdict too many in all this time");
  });

  const named = (name: string) => [...verdicts].filter(([frame]) => frame.startsWith(`${name}-`));
  const count = (name: string) => named(name).length;
  const settled = (name: string, frames: number) => until(() => count(name) >= frames);

  async function send(name: string, frames: number): Promise<void> {
    // All at once: faster than they can be scored, so that every machine has frames waiting.
    const publish = (i: number) => {
      const picture = pictures[REFERENCES + (i % (pictures.length - REFERENCES))]!;
      return camera.publishAsync(`line1/camera/${name}-${i}`, picture, { qos: 1 });
    };
    await Promise.all(Array.from({ length: frames }, (_, i) => publish(i)));
  }

  function assertOneEach(name: string, frames: number): void {
    const doubled = named(name).filter(([, list]) => list.length !== 1);
    assert.deepEqual([count(name), doubled, errors], [frames, [], []]);
  }

  async function until(happened: () => boolean): Promise<void> {
    const deadline = Date.now() + WAIT_MS;
    while (!happened()) {
      if (Date.now() > deadline) assert.fail([...processes.values()].map((nodeRed) => nodeRed.log()).join("\n---\n"));
      await pause(20);
    }
  }

  async function buildBank(directory: string): Promise<void> {
    const engine = new EngineClient();
    await engine.call("build", {
      bank: { directory, name: "line1-shared" },
      backbone: { model: "lite", resolution: 320 },
      settings: { mask: "auto" },
      references: pictures.slice(0, REFERENCES).map((data) => ({ kind: "encoded" as const, data })),
    });
    engine.close();
  }
});

/** One tab of the example and the config nodes, as its user deploys it on one machine. */
function only(flow: readonly FlowNode[], label: string): FlowNode[] {
  const tab = flow.find((node) => node.type === "tab" && String(node.label).startsWith(label))!;
  const nodes = flow.filter((node) => node.id === tab.id || node.z === tab.id);
  const used = (node: FlowNode) => JSON.stringify(nodes).includes(node.id) || node.type.startsWith("anomaly-");
  return [...nodes, ...flow.filter((node) => node.z === undefined && node.type !== "tab" && used(node))];
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
