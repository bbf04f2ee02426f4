import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAsync, type MqttClient } from "mqtt";
import sharp from "sharp";
import { EngineClient } from "../../lib/engine/supervisor/client";
import { type Broker, startBroker } from "../../scripts/demo/broker";
import { type FlowNode, NodeRedProcess } from "../../scripts/demo/node-red-process";
import { renderPart } from "../support/rendered-part";
import { ROOT } from "../support/shared-data";

const REFERENCES = 3;
const RESOLUTION = 112;

export interface RigOptions {
  example: string;
  /** What the example's MQTT topics begin with, and its bank's name. */
  name: string;
  /** Packages of the development dependencies whose nodes the example has. */
  palette?: readonly string[];
  /** Packages that the example's functions load. */
  modules?: readonly string[];
  /** What the camera's client hears besides its trigger, from before Node-RED starts. */
  listenTo?: readonly string[];
  /** A broker to use in the place of our own. */
  brokerPort?: number;
  /** Puts addresses in, as the example's user would. */
  patch: (node: FlowNode) => void;
  /** Nodes beside the example's, for what goes wrong between them. */
  beside?: readonly FlowNode[];
}

/** A real Node-RED with an example of the station, a bank of good parts, and a camera that answers its trigger. */
export class StationRig {
  /** What lies before the camera; absent: it does not answer. */
  picture: Buffer | undefined;
  /** On the topics that a test has asked for. */
  readonly heard: { topic: string; payload: Buffer; retain: boolean }[] = [];
  nodeRed!: NodeRedProcess;
  private flow!: FlowNode[];
  private camera!: MqttClient;
  readonly userDir = mkdtempSync(join(tmpdir(), "golden-sample-rig-"));
  private readonly closing: (() => Promise<unknown>)[] = [];

  private constructor(private readonly options: RigOptions) {}

  static async start(options: RigOptions): Promise<StationRig> {
    const rig = new StationRig(options);
    try {
      await rig.begin();
    } catch (thrown) {
      await rig.close();
      throw thrown;
    }
    return rig;
  }

  /** @param defect of which the part has one; absent: it is one of the references, in other light */
  static part(defect?: "chipped_edge"): Promise<Buffer> {
    return photograph(0, defect, 4);
  }

  async close(): Promise<void> {
    for (const end of this.closing.splice(0).reverse()) await end();
    rmSync(this.userDir, { recursive: true, force: true, maxRetries: 5 });
  }

  async listenTo(topic: string): Promise<void> {
    await this.camera.subscribeAsync(topic);
  }

  publish(topic: string, payload: Buffer): void {
    this.camera.publish(topic, payload, { qos: 1 });
  }

  /** With what `patch` says now. */
  async deployAgain(): Promise<void> {
    this.flow.forEach(this.options.patch);
    await this.nodeRed.deploy(this.flow);
  }

  async startNodeRed(): Promise<void> {
    const { palette = [], modules = [] } = this.options;
    this.nodeRed = await NodeRedProcess.start({ userDir: this.userDir, nodesDir: [ROOT], palette, modules });
    await this.nodeRed.deploy(this.flow);
  }

  private async begin(): Promise<void> {
    const { example, name, patch } = this.options;
    await buildBank(join(this.userDir, "golden-sample", "banks"), `${name}-part`);
    const port = this.options.brokerPort ?? (await this.ownBroker()).port;
    this.flow = JSON.parse(readFileSync(example, "utf8")) as FlowNode[];
    this.flow.push(...(this.options.beside ?? []));
    for (const node of this.flow) {
      if (node.type === "mqtt-broker") node.port = String(port);
      if (node.type === "anomaly-backbone") node.resolution = String(RESOLUTION);
      // Long enough for a starved machine.
      if (node.type === "anomaly-station")
        Object.assign(node, { deadline: 60_000, fresh: 60_000, cameraTimeout: 20_000, plcTimeout: 20_000 });
      patch(node);
    }
    const camera = await connectAsync(`mqtt://127.0.0.1:${port}`);
    this.camera = camera;
    this.closing.push(() => camera.endAsync());
    camera.on("message", (topic, payload, { retain }) => {
      if (topic !== `${name}/camera/trigger`) this.heard.push({ topic, payload, retain });
      else if (this.picture) camera.publish(`${name}/camera/frame/${payload.toString()}`, this.picture);
    });
    await camera.subscribeAsync([`${name}/camera/trigger`, ...(this.options.listenTo ?? [])]);
    this.closing.push(async () => this.nodeRed?.stop());
    await this.startNodeRed();
  }

  private async ownBroker(): Promise<Broker> {
    const broker = await startBroker();
    this.closing.push(() => broker.close());
    return broker;
  }
}

async function buildBank(directory: string, name: string): Promise<void> {
  const engine = new EngineClient();
  try {
    const bank = { directory, name };
    for (let seed = 0; seed < REFERENCES; seed++)
      await engine.call("addReference", { bank, image: { kind: "encoded", data: await photograph(seed) } });
    await engine.call("build", { bank, backbone: { model: "lite", resolution: RESOLUTION }, settings: {} });
  } finally {
    engine.close();
  }
}

async function photograph(seed: number, defect?: "chipped_edge", light = 0): Promise<Buffer> {
  const part = await renderPart(seed, defect);
  return sharp(part).resize(320, 240).linear(1, light).jpeg({ quality: 92 }).toBuffer();
}
