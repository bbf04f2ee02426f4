import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { EngineClient } from "../lib/engine/supervisor/client";
import { HTTP_RESOLUTION, httpFlow, INSPECT } from "../scripts/demo/http-flow";
import { ROOT } from "../scripts/demo/line";
import { NodeRedProcess } from "../scripts/demo/node-red-process";
import { renderPart } from "../scripts/demo/part";
import { childrenOf, residentMemory } from "../scripts/demo/processes";

/**
 * Does memory stay level? Sends frames through a real Node-RED and prints the resident memory of its process and of the
 * engine's as JSON lines: `node dist/bench/soak.js [--frames 10000]`. Linux only. Each figure is the least of the looks
 * taken in a stretch: what lies above it is garbage that waits to be collected.
 */
const REFERENCES = 4;
const PICTURES = 8;
const PARALLEL = 3;
/** Frames between two looks, and looks in a stretch. */
const LOOK = 50;
const STRETCH = 20;
/** Share of the frames after which everything that is loaded once has been. */
const WARM_UP = 0.2;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { frames: { type: "string", default: "10000" } } });
  const frames = Number(values.frames);
  const folder = await mkdtemp(join(tmpdir(), "golden-sample-soak-"));
  let nodeRed: NodeRedProcess | undefined;
  try {
    await buildBank(join(folder, "golden-sample", "banks"));
    nodeRed = await NodeRedProcess.start({ userDir: folder, nodesDir: [ROOT] });
    await nodeRed.deploy(httpFlow("soak"));
    await soak(nodeRed, frames);
  } finally {
    await nodeRed?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function soak(nodeRed: NodeRedProcess, frames: number): Promise<void> {
  const pictures = await Promise.all(Array.from({ length: PICTURES }, (_, i) => picture(100 + i)));
  let [sent, done, refused] = [0, 0, 0];
  let looks: { nodeRed: number; engine: number }[] = [];
  const stretches: { frames: number; nodeRed: number; engine: number }[] = [];
  const line = async () => {
    while (sent < frames) {
      const number = sent++;
      // Other bytes each time, or the tokens of the picture would be taken from memory.
      const body = Buffer.concat([pictures[number % PICTURES]!, Buffer.from(`frame ${number}`)]);
      const headers = { "Content-Type": "image/jpeg" };
      const answer = await fetch(new URL(INSPECT, nodeRed.url), { method: "POST", headers, body });
      await answer.arrayBuffer();
      if (!answer.ok) refused++;
      if (++done % LOOK !== 0) continue;
      const [engine] = childrenOf(nodeRed.pid);
      looks.push({ nodeRed: residentMemory(nodeRed.pid), engine: residentMemory(engine!) });
      if (looks.length < STRETCH) continue;
      const stretch = { frames: done, nodeRed: least(looks, "nodeRed"), engine: least(looks, "engine") };
      console.log(JSON.stringify(stretch));
      stretches.push(stretch);
      looks = [];
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: PARALLEL }, line));
  const seconds = (performance.now() - start) / 1000;
  const warm = stretches.filter((stretch) => stretch.frames > WARM_UP * frames);
  const growth = (key: "nodeRed" | "engine") => Number((warm.at(-1)![key] / warm[0]![key] - 1).toPrecision(3));
  console.log(
    JSON.stringify({
      ...{ what: "soak", frames: done, refused, perSecond: Number((done / seconds).toFixed(1)) },
      ...{ growthNodeRed: growth("nodeRed"), growthEngine: growth("engine") },
      model: (await readFile("/proc/cpuinfo", "utf8")).match(/^model name\s*:\s*(.*)$/m)?.[1],
    }),
  );
}

function least(looks: readonly { nodeRed: number; engine: number }[], key: "nodeRed" | "engine"): number {
  return Number((Math.min(...looks.map((look) => look[key])) / 1e6).toFixed(1));
}

async function picture(seed: number): Promise<Buffer> {
  return sharp(await renderPart(seed))
    .resize(320, 240)
    .jpeg()
    .toBuffer();
}

async function buildBank(directory: string): Promise<void> {
  const engine = new EngineClient();
  try {
    const bank = { directory, name: "part" };
    for (let seed = 1; seed <= REFERENCES; seed++) {
      await engine.call("addReference", { bank, image: { kind: "encoded", data: await picture(seed) } });
    }
    await engine.call("build", { bank, backbone: { model: "lite", resolution: HTTP_RESOLUTION }, settings: {} });
  } finally {
    engine.close();
  }
}

main().catch((thrown: unknown) => {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exitCode = 1;
});
