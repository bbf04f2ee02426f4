import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { readFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Context } from "mocha";
import { type FlowNode, NodeRedProcess } from "../../scripts/demo/node-red-process";
import { ROOT } from "../support/shared-data";
import { temporaryFolder } from "../support/temporary";

const REFERENCES = 2;
const WAIT_MS = 60_000;

/** What one of the example's debug nodes would have shown. */
export interface Told {
  from: string;
  payload?: unknown;
  why?: string;
  topic?: string;
  archived?: string;
  error?: string;
  image?: unknown;
}

/** An example of a camera in a real Node-RED; whatever it shows is heard here, in order. */
export class CameraRig {
  readonly told: Told[] = [];
  private readonly news = new EventEmitter();
  private heard = 0;

  private constructor(
    readonly nodeRed: NodeRedProcess,
    readonly flow: FlowNode[],
    private readonly end: () => Promise<void>,
  ) {}

  /** @param change puts the test's camera in place of the example's */
  static async start(example: string, change: (flow: FlowNode[], folder: string) => void): Promise<CameraRig> {
    const folder = temporaryFolder();
    const flow = JSON.parse(await readFile(join(ROOT, "examples", example), "utf8")) as FlowNode[];
    let rig: CameraRig | undefined;
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      createInterface({ input: socket }).on("line", (line) => rig?.hear(JSON.parse(line) as Told));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    change(flow, folder.path);
    listenTo(flow, (server.address() as AddressInfo).port);
    const nodeRed = await NodeRedProcess.start({ userDir: join(folder.path, "user"), nodesDir: [ROOT] });
    rig = new CameraRig(nodeRed, flow, async () => {
      await nodeRed.stop();
      server.close();
      folder.remove();
    });
    await rig.deploy();
    return rig;
  }

  deploy(): Promise<void> {
    return this.nodeRed.deploy(this.flow);
  }

  /** The next one of what is told from here on that is looked for; what comes before it is passed over. */
  async next(what: string, found: (told: Told) => boolean): Promise<Told> {
    const limit = AbortSignal.timeout(WAIT_MS);
    for (;;) {
      while (this.heard < this.told.length) {
        const told = this.told[this.heard++]!;
        if (found(told)) return told;
      }
      await once(this.news, "told", { signal: limit }).catch(() =>
        assert.fail(`never: ${what}\n${JSON.stringify(this.told.slice(-20), null, 1)}\n${this.nodeRed.log()}`),
      );
    }
  }

  /** Whether the newest part may pass, once that is so again. */
  mayPass = (wanted: boolean) => this.next(`may pass: ${wanted}`, (told) => isResult(told, wanted));
  error = (pattern: RegExp) =>
    this.next(String(pattern), ({ from, error }) => from === "errors" && pattern.test(error ?? ""));

  stop(): Promise<void> {
    return this.end();
  }

  private hear(told: Told): void {
    this.told.push(told);
    this.news.emit("told");
  }
}

const isResult = ({ from, payload }: Told, wanted: unknown) => from === "result" && payload === wanted;

/** Few pictures are enough to learn from; and whatever is like them at all is good: the camera is on trial, not the score. */
function listenTo(flow: FlowNode[], port: number): void {
  for (const node of flow) {
    if (node.type === "anomaly-build") node.frames = REFERENCES;
    if (node.type === "anomaly-bank") node.madeDefects = false;
    if (node.type === "anomaly-threshold") Object.assign(node, { mode: "fixed", threshold: "100" });
    if (node.type !== "debug") continue;
    const func = `
      const { why, topic, archived, error, anomaly } = msg;
      const payload = typeof msg.payload === "object" ? undefined : msg.payload;
      const told = { from: ${JSON.stringify(node.name)}, payload, why, topic, archived, error: error?.message, image: anomaly?.image };
      return { payload: JSON.stringify(told) + "\\n" };`;
    Object.assign(node, { type: "function", func, outputs: 1, libs: [], wires: [["told"]] });
  }
  const z = flow.find(({ type }) => type === "tab")!.id;
  const out = { host: "127.0.0.1", port: String(port), beserver: "client", base64: false, end: false };
  flow.push({ id: "told", type: "tcp out", z, ...out, x: 0, y: 0, wires: [] });
}

/** The example's node called so. */
export function nodeCalled(flow: readonly FlowNode[], name: string): FlowNode {
  const node = flow.find((candidate) => candidate.name === name);
  assert.ok(node, name);
  return node;
}

/** Sets what the tab's environment says. */
export function setEnvironment(flow: readonly FlowNode[], values: Record<string, string | number>): void {
  const env = flow.find(({ type }) => type === "tab")!.env as { name: string; value: string }[];
  for (const entry of env) if (entry.name in values) entry.value = String(values[entry.name]);
}

/**
 * Debian's Python, which has the bindings of Debian's libraries; skips, with the reason, where they are absent.
 * @param element of GStreamer, that is needed too
 */
export function debianPython(
  context: Context,
  bindings: Record<string, string>,
  packages: string,
  element?: string,
): string {
  const python = "/usr/bin/python3";
  const check = [
    "import gi, sys",
    ...Object.entries(bindings).map(([name, version]) => `gi.require_version("${name}", "${version}")`),
    ...(element ? ["from gi.repository import Gst", "Gst.init(None)"] : []),
    ...(element ? [`sys.exit(0 if Gst.ElementFactory.find("${element}") else 1)`] : []),
  ];
  const { status } = spawnSync(python, ["-c", check.join("\n")]);
  if (status !== 0) skip(context, `${packages} are not on this machine (apt-get install ${packages})`);
  return python;
}

export function needFfmpeg(context: Context): void {
  if (spawnSync("ffmpeg", ["-version"]).status !== 0)
    skip(context, "ffmpeg is not on this machine (apt-get install ffmpeg)");
}

function skip(context: Context, reason: string): never {
  console.log(`      skipped: ${reason}`);
  return context.skip() as never;
}

/** A program of the test's own that says "ready" when it is. */
export class Helper {
  private constructor(
    private readonly child: ChildProcess,
    /** What it said after "ready". */
    readonly said: string,
  ) {}

  static async start(program: string, args: readonly string[]): Promise<Helper> {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout });
    const line = await Promise.race([once(lines, "line"), once(child, "exit").then(() => [])]);
    const [, said] = /^ready ?(.*)$/.exec(String(line[0])) ?? [];
    if (said === undefined) throw new Error(`${program} ${args.join(" ")} did not start: ${String(line[0])}`);
    return new Helper(child, said);
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await gone;
  }
}
