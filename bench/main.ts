import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { BUILT_IN } from "../lib/backbone/backbone";
import { loadBackbone } from "../lib/backbone/load";
import { preprocess } from "../lib/backbone/preprocess";
import { createMatcher } from "../lib/bank/search";
import { backboneSpec, requests } from "../lib/engine/api";
import { EngineClient } from "../lib/engine/client";
import { createInspector } from "../lib/engine/inspector";
import { decodeImage } from "../lib/image/decode";
import { createResizer } from "../lib/image/resize";
import { writeOnnxModel } from "../lib/runtime/onnx-graph";
import { loadOnnxRuntime } from "../lib/runtime/onnxruntime";
import { renderPart } from "../scripts/demo/part";
import { pair, time } from "./measure";

/**
 * How close we are to the hardware, as ratios measured in turn in one run: `npm run bench -- [--backbone FILE]
 * [--resolution PX] [--rounds N]`. One JSON object a line; nothing is asserted, for timings are noisy.
 */
const USAGE = "npm run bench -- [--backbone texture|FILE] [--resolution PX] [--rounds N]";
const REFERENCES = 6;
const BANK_ROWS = 8192;
const QUERIES = 1024;
/** Frames that wait in the engine while the event loop is watched. */
const IN_FLIGHT = 4;

const { values } = parseArgs({
  options: {
    backbone: { type: "string", default: BUILT_IN },
    resolution: { type: "string" },
    rounds: { type: "string" },
  },
});
const spec = backboneSpec.parse({
  model: values.backbone,
  resolution: Number(values.resolution ?? (values.backbone === BUILT_IN ? 320 : 448)),
});
const rounds = Number(values.rounds ?? 15);

function report(what: string, figures: Record<string, number>): void {
  const rounded = Object.entries(figures).map(([key, value]) => [key, Number(value.toPrecision(4))]);
  console.log(JSON.stringify({ what, backbone: values.backbone, ...Object.fromEntries(rounded) }));
}

async function main(): Promise<void> {
  if (!Number.isSafeInteger(rounds) || rounds < 1) throw new Error(USAGE);
  const folder = await mkdtemp(join(tmpdir(), "golden-sample-bench-"));
  try {
    const parts = await Promise.all(Array.from({ length: REFERENCES + 1 }, (_, i) => renderPart(1000 + i)));
    const images = await Promise.all(parts.map((part) => sharp(part).resize(1280, 960).jpeg().toBuffer()));
    const bank = { file: join(folder, "bank.safetensors") };
    await wholeFrame(images, bank);
    await matching();
    await eventLoop(images.at(-1)!, bank);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** JPEG of 1280 x 960 in; score, map and overlay out, against the backbone's own run on the same pixels. */
async function wholeFrame(images: readonly Buffer[], bank: { file: string }): Promise<void> {
  const runtime = loadOnnxRuntime();
  const inspector = createInspector(runtime);
  const sources = images.map((data) => ({ kind: "encoded" as const, data }));
  const build = requests.build.parse({ bank, backbone: spec, settings: {}, references: sources.slice(0, REFERENCES) });
  const handling = { onProgress: () => undefined, signal: new AbortController().signal };
  await inspector.build(build, handling);
  const backbone = await loadBackbone(runtime, spec);
  const resizer = createResizer(runtime);
  const input = await preprocess(await decodeImage(sources.at(-1)!), spec.resolution, backbone.info, resizer);
  let frame = 0;
  const score = () => {
    // Another content each time: tokens of a frame seen before would be taken from memory.
    const data = Buffer.concat([images.at(-1)!, Buffer.from(String(frame++))]);
    const request = { image: { kind: "encoded", data }, backbone: spec, bank, map: true, overlay: true };
    return inspector.score(requests.score.parse(request), handling);
  };
  const { ours, bare, ratio } = await pair(rounds, score, () => backbone.features(input));
  report("whole frame / bare backbone", { frame: ours, bare, ratio });
  await backbone.release();
  await resizer.release();
}

/** Exact search, neighbours and indices out, against the matrix product and its row maxima alone. */
async function matching(): Promise<void> {
  const runtime = loadOnnxRuntime();
  const dimension = 384;
  const noise = (rows: number) => Float32Array.from({ length: rows * dimension }, (_, i) => Math.sin(i * 12.9898) % 1);
  const [bank, queries] = [noise(BANK_ROWS), noise(QUERIES)];
  const matcher = createMatcher(runtime);
  const index = matcher.index(bank, dimension, "cosine", 1);
  const session = await runtime.createSession(
    writeOnnxModel({
      name: "product",
      inputs: [
        { name: "a", type: "float32", dims: [QUERIES, dimension] },
        { name: "b", type: "float32", dims: [BANK_ROWS, dimension] },
      ],
      outputs: [{ name: "best", type: "float32", dims: [QUERIES, 1] }],
      constants: { columns: { type: "int64", data: BigInt64Array.of(1n), dims: [1] } },
      nodes: [
        { op: "Gemm", inputs: ["a", "b"], outputs: ["product"], attributes: { transB: 1 } },
        { op: "ReduceMax", inputs: ["product", "columns"], outputs: ["best"] },
      ],
    }),
  );
  const feeds = {
    a: { type: "float32", data: queries, dims: [QUERIES, dimension] },
    b: { type: "float32", data: bank, dims: [BANK_ROWS, dimension] },
  } as const;
  const { ours, bare, ratio } = await pair(
    rounds,
    () => index.search(queries),
    () => session.run(feeds),
  );
  report("matching / matrix product", { matching: ours, product: bare, ratio });
  await session.release();
  await matcher.release();
}

/** The asking process while frames stream at full load, one caller and then four. */
async function eventLoop(image: Buffer, bank: { file: string }): Promise<void> {
  const engine = new EngineClient();
  let frame = 0;
  const stream = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const data = Buffer.concat([image, Buffer.from(`stream ${frame++}`)]);
      const request = { image: { kind: "encoded" as const, data }, backbone: spec, bank, map: true, overlay: true };
      await engine.call("score", request);
    }
  };
  await stream(2);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const one = await time(() => stream(rounds));
  const four = await time(() => Promise.all(Array.from({ length: IN_FLIGHT }, () => stream(rounds))));
  delay.disable();
  report("event loop under load", { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 });
  report("throughput, 4 callers / 1", { one: (1000 * rounds) / one, ratio: (IN_FLIGHT * one) / four });
  engine.close();
}

main().catch((thrown: unknown) => {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exitCode = 1;
});
