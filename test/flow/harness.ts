import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { acquireEngine, BUILT_IN } from "../../lib";
import { nodeRedModule } from "../../scripts/demo/node-red-home";
import { partJpeg } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";

export type FlowNode = { id: string; type: string } & Record<string, unknown>;
export type Message = Record<string, unknown>;

interface RuntimeNode {
  on(event: string, listener: (message: Message) => void): void;
  receive(message: Message): void;
  status: { args: [{ text: string; fill: string; shape: string }][]; thisValues: unknown[] };
  warn: { args: [string][]; thisValues: unknown[] };
  error: { args: [unknown][]; thisValues: unknown[] };
}

interface TestHelper {
  init(runtime: string, settings: object): void;
  load(nodes: unknown[], flow: FlowNode[]): Promise<void>;
  unload(): Promise<void>;
  setFlows(flow: FlowNode[]): Promise<void>;
  getNode(id: string): RuntimeNode;
  request(): { get(path: string): Answer; post(path: string): Answer };
}
interface Answer extends Promise<{ status: number; type: string; body: Message }> {
  send(body: object): Answer;
  set(header: string, value: string): Answer;
}

const load = createRequire(__filename);
const helper = load("node-red-node-test-helper") as TestHelper;
const NODES = ["backbone", "bank", "batch", "build", "mask", "score", "station", "threshold"];
const loadNode = (name: string) => load(join(__dirname, "..", "..", "nodes", name, `${name}.js`)) as unknown;
const nodes = NODES.map(loadNode);

/** Small pictures need no more. */
export const RESOLUTION = 112;

const SPEC = { model: BUILT_IN, resolution: RESOLUTION };

export const BACKBONE: FlowNode = {
  id: "backbone",
  type: "anomaly-backbone",
  model: BUILT_IN,
  resolution: String(RESOLUTION),
  device: "auto",
};
export const BANK: FlowNode = { id: "bank", type: "anomaly-bank", name: "part", backbone: "backbone" };
/** Everything that is reported, and everything that was done with. */
export const WATCH: FlowNode[] = [
  { id: "catch", type: "catch", z: "tab", scope: null, uncaught: false, wires: [["caught"]] },
  { id: "caught", type: "helper", z: "tab" },
  { id: "complete", type: "complete", z: "tab", scope: ["node"], wires: [["completed"]] },
  { id: "completed", type: "helper", z: "tab" },
];
export const TAB: FlowNode = { id: "tab", type: "tab", label: "test" };

/** Without a place on its tab a node counts as a config node. */
const placed = (flow: FlowNode[]) =>
  flow.map((node, i) => (node.z === undefined ? node : { ...node, x: 100, y: 40 * i }));

/** Messages that came to a helper node, whether somebody was waiting for them or not. */
export class Inbox {
  readonly messages: Message[] = [];
  private readonly waiting: { count: number; resolve: (messages: Message[]) => void }[] = [];

  constructor(node: RuntimeNode) {
    node.on("input", (message) => {
      this.messages.push(message);
      for (const { count, resolve } of this.waiting) if (this.messages.length >= count) resolve(this.messages);
    });
  }

  /** The first `count` messages since the flow was started. */
  async take(count: number): Promise<Message[]> {
    if (this.messages.length >= count) return this.messages.slice(0, count);
    return new Promise((resolve) => this.waiting.push({ count, resolve }));
  }

  async first(): Promise<Message> {
    return (await this.take(1))[0]!;
  }
}

/** A flow in the test helper's runtime, with a user directory of its own. */
export class FlowTest {
  private readonly folder = temporaryFolder();
  private readonly inboxes = new Map<string, Inbox>();

  get userDir(): string {
    return this.folder.path;
  }

  get banks(): string {
    return join(this.folder.path, "golden-sample", "banks");
  }

  /** @param plugins by the folder of `nodes/`: a runtime has them once, so they are not in every test */
  async start(flow: FlowNode[], plugins: readonly string[] = []): Promise<void> {
    helper.init(nodeRedModule(""), { userDir: this.folder.path, logging: { console: { level: "off" } } });
    await helper.load([...nodes, ...plugins.map(loadNode)], placed(flow));
    this.listen(flow);
  }

  /** A deploy of all flows. */
  async deploy(flow: FlowNode[]): Promise<void> {
    await helper.setFlows(placed(flow));
    this.listen(flow);
  }

  async stop(): Promise<void> {
    await helper.unload();
  }

  /** Ends the flow and takes its files away. */
  async end(): Promise<void> {
    await helper.unload();
    this.folder.remove();
  }

  send(message: Message, id = "node"): void {
    helper.getNode(id).receive(message);
  }

  inbox(id: string): Inbox {
    return this.inboxes.get(id)!;
  }

  /** What a node's status has been so far, as `fill shape text`. */
  statuses(id = "node"): string[] {
    const node = helper.getNode(id);
    const { args, thisValues } = node.status;
    // The spy is one for all nodes.
    return args.filter((_, i) => thisValues[i] === node).map(([{ fill, shape, text }]) => `${fill} ${shape} ${text}`);
  }

  /** What a node warned of from now on. */
  warnings(id = "node"): () => string[] {
    const node = helper.getNode(id);
    return () => node.warn.args.filter((_, i) => node.warn.thisValues[i] === node).map(([words]) => words);
  }

  /** What a node reports as failed from now on, where no Catch node may be there any more. */
  errors(id = "node"): () => string[] {
    const node = helper.getNode(id);
    return () => node.error.args.filter((_, i) => node.error.thisValues[i] === node).map(([error]) => String(error));
  }

  get admin() {
    return helper.request();
  }

  private listen(flow: FlowNode[]): void {
    this.inboxes.clear();
    for (const { id, type } of flow) if (type === "helper") this.inboxes.set(id, new Inbox(helper.getNode(id)));
  }
}

/** Files of banks as they were built, by their paths in the bank's folder. */
const built = new Map<string, Map<string, Buffer>>();

/**
 * Has a bank of good parts in a directory without going through nodes. One that begins there is built once and its files
 * are written again: most tests want the same. The engine is up afterwards, and has the backbone, in any case.
 */
export async function buildBank(directory: string, name = "part", references = 4, firstSeed = 1): Promise<void> {
  const engine = acquireEngine({ device: "auto" });
  try {
    const folder = join(directory, name);
    const key = `${name} ${references} ${firstSeed}`;
    const known = existsSync(folder) ? undefined : built.get(key);
    if (known) {
      for (const [path, data] of known) {
        mkdirSync(join(folder, dirname(path)), { recursive: true });
        writeFileSync(join(folder, path), data);
      }
      await engine.call("describe", { backbone: SPEC });
      return;
    }
    const begins = !existsSync(folder);
    const images = Array.from({ length: references }, (_, i) => partJpeg({ seed: firstSeed + i }));
    const bank = { directory, name };
    for (const data of await Promise.all(images)) {
      await engine.call("addReference", { bank, image: { kind: "encoded", data } });
    }
    await engine.call("build", { bank, backbone: SPEC, settings: {} });
    if (begins) built.set(key, filesOf(folder));
  } finally {
    engine.release();
  }
}

function filesOf(folder: string): Map<string, Buffer> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return new Map(paths.map((path) => [relative(folder, path), readFileSync(path)]));
}

/** Waits for what no message announces; gives up in a time that no machine needs. */
export async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** An error as a Catch node passes it on: with its code, one sentence that says what is wrong and what to do. */
export function assertSentence(error: unknown, code: string): void {
  const { message, ...rest } = error as { message: string; code: string };
  assert.equal(rest.code, code, message);
  assert.match(message, /: .*\.$/);
}
