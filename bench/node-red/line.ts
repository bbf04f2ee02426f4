import { readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { loadBackbone } from "../../lib/backbone/load";
import { preprocess } from "../../lib/backbone/preprocess";
import type { BackboneRequest } from "../../lib/engine/requests/schemas";
import { decodeImage } from "../../lib/image/decode";
import { createResizer } from "../../lib/image/resize";
import { median } from "../../lib/median";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";
import type { Message, NodeConfig, RunningNode, Runtime } from "../../nodes/shared/node-red";
import { childProcesses } from "./child-processes";

/** What the bench asks of Node-RED's process over HTTP, and what it is told. */
export interface StreamOrder {
  /** Path of a JPEG; every frame is this picture in other bytes. */
  picture: string;
  lines: number;
  /** On each line. */
  frames: number;
  /** Of each line; the next leaves when one comes back. */
  underWay: number;
}
export interface DirectOrder {
  picture: string;
  backbone: BackboneRequest;
  frames: number;
}
export interface Watched {
  /** All of it, and the median of one frame. */
  milliseconds: number;
  frame: number;
  /** Of this process' event loop, in milliseconds. */
  delay99: number;
  delayMax: number;
  /** Processes that Node-RED has started, and their resident megabytes. */
  children: number;
  childrenMegabytes: number;
}

interface Trip {
  resolve: () => void;
  reject: (error: Error) => void;
}

const lines: RunningNode[] = [];
const trips = new Map<string, Trip>();
let sent = 0;

/** Sends a frame on its way through the flow; @returns when it, or an error about it, is back */
async function send(line: RunningNode, picture: Buffer): Promise<void> {
  const _msgid = `bench-${sent++}`;
  const back = new Promise<void>((resolve, reject) => trips.set(_msgid, { resolve, reject }));
  line.send({ _msgid, payload: Buffer.concat([picture, Buffer.from(_msgid)]) });
  await back;
}

async function stream({ picture, lines: count, frames, underWay }: StreamOrder): Promise<Watched> {
  const data = readFileSync(picture);
  return watched(async (timed) => {
    const chains = lines.slice(0, count).flatMap((line) => {
      let left = frames;
      return Array.from({ length: underWay }, async () => {
        while (left-- > 0) await timed(() => send(line, data));
      });
    });
    await Promise.all(chains);
  });
}

/** What a node does that calls the runtime where it stands. */
async function direct({ picture, backbone: spec, frames }: DirectOrder): Promise<Watched> {
  const runtime = loadOnnxRuntime();
  const resizer = createResizer(runtime);
  const backbone = await loadBackbone(runtime, spec);
  const image = await decodeImage({ kind: "path", path: picture });
  const input = await preprocess(image, spec.resolution, backbone.info, resizer);
  try {
    return await watched(async (timed) => {
      for (let i = 0; i < frames; i++) await timed(() => backbone.features(input));
    });
  } finally {
    await Promise.all([backbone.release(), resizer.release()]);
  }
}

async function watched(work: (timed: (one: () => Promise<unknown>) => Promise<void>) => Promise<void>) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const frames: number[] = [];
  const start = performance.now();
  delay.enable();
  await work(async (one) => {
    const from = performance.now();
    await one();
    frames.push(performance.now() - from);
  });
  delay.disable();
  const milliseconds = performance.now() - start;
  const [delay99, delayMax] = [delay.percentile(99) / 1e6, delay.max / 1e6];
  return { milliseconds, frame: median(frames), delay99, delayMax, ...childProcesses() };
}

/** Both ends of an inspection line, as a Node-RED node: what it sends comes back to it. */
export default function register(RED: Runtime): void {
  RED.nodes.registerType("bench-line", function (this: RunningNode, config: NodeConfig) {
    RED.nodes.createNode(this, config);
    lines.push(this);
    this.on("input", (message: Message & { error?: { message: string } }, _send, done) => {
      const trip = trips.get(message._msgid);
      trips.delete(message._msgid);
      if (message.error) trip?.reject(new Error(message.error.message));
      else trip?.resolve();
      done();
    });
    this.on("close", () => {
      lines.splice(lines.indexOf(this), 1);
    });
  });
  const endpoint = <Order>(path: string, work: (order: Order) => Promise<Watched>) =>
    RED.httpAdmin.post(path, (request: { body: Order }, response: { json: (answer: unknown) => void }) => {
      work(request.body).then(
        (answer) => response.json(answer),
        (thrown: unknown) => response.json({ failed: String(thrown) }),
      );
    });
  endpoint("/bench/stream", stream);
  endpoint("/bench/direct", direct);
}
