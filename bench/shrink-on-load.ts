import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { BUILT_IN } from "../lib/backbone/built-in/names";
import { loadBackbone } from "../lib/backbone/load";
import { preprocess } from "../lib/backbone/preprocess";
import { type Request, requests } from "../lib/engine/requests";
import type { BackboneRequest } from "../lib/engine/requests/schemas";
import { createHandlers } from "../lib/engine/server";
import { readDatasets } from "../lib/evaluate/data/read-datasets";
import { auroc } from "../lib/evaluate/figures/image";
import { decodeImage } from "../lib/image/decode";
import { codesAllBlocks } from "../lib/image/jpeg/coded-blocks";
import { readJpegStructure } from "../lib/image/jpeg/structure";
import { createResizer } from "../lib/image/resize";
import type { RgbImage } from "../lib/image/rgb-image";
import { toImageSource } from "../lib/image/source";
import { median } from "../lib/median";
import { seededRandom } from "../lib/random";
import { loadOnnxRuntime } from "../lib/runtime/onnxruntime";
import { defaultThreshold } from "../lib/threshold/default-threshold";
import { time } from "./measure";
import { UNATTENDED } from "./setting";

/**
 * What decoding large JPEGs at a fraction of their size (libjpeg's shrink-on-load) would gain and lose:
 * `node dist/bench/shrink-on-load.js DIR... [--longest 4000] [--margin 2] [--every 1]`, folders in MVTec layout, whose
 * pictures are enlarged, given a sensor's noise and coded anew. One JSON line a folder.
 */
const SHOTS = 8;
/** Standard deviation of the noise, grey levels. */
const NOISE = 4;
const QUALITY = 90;
const TIMED = 12;

interface Scored {
  full: number;
  shrunk: number;
  /** The shrunk frame against the bank of references decoded in full. */
  mixed: number;
  defective: boolean;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      backbone: { type: "string", default: BUILT_IN },
      resolution: { type: "string", default: "320" },
      longest: { type: "string", default: "4000" },
      margin: { type: "string", default: "2" },
      every: { type: "string", default: "1" },
    },
  });
  const [longest, margin, every] = [Number(values.longest), Number(values.margin), Number(values.every)];
  const backbone = requests.score.schema.shape.backbone.parse({
    model: values.backbone,
    resolution: Number(values.resolution),
    threads: 2,
  });
  for (const dataset of (await Promise.all(positionals.map(readDatasets))).flat()) {
    const references = await Promise.all(dataset.references.slice(0, SHOTS).map((path, i) => large(path, longest, i)));
    const test = dataset.test.filter((_, i) => i % every === 0);
    const comparison = new Comparison(backbone, margin * backbone.resolution);
    try {
      await comparison.learn(references);
      const scored: Scored[] = [];
      for (const [i, { path, type }] of test.entries())
        scored.push({ ...(await comparison.score(await large(path, longest, 100 + i))), defective: type !== "good" });
      console.log(JSON.stringify({ set: dataset.name, longest, margin, ...comparison.found(scored) }));
    } finally {
      await comparison.end();
    }
  }
}

/** A frame as a large camera would send it: enlarged, with noise in every pixel. */
async function large(path: string, longest: number, seed: number): Promise<Buffer> {
  const side = { width: longest, height: longest, fit: "inside" } as const;
  const { data, info } = await sharp(await readFile(path))
    .toColourspace("srgb")
    .removeAlpha()
    .resize(side)
    .raw()
    .toBuffer({ resolveWithObject: true });
  const random = seededRandom(seed);
  const noise = Float32Array.from({ length: 65_521 }, () => NOISE * gaussian(random));
  for (let i = 0; i < data.length; i++) data[i] = Math.min(255, Math.max(0, data[i]! + noise[i % noise.length]!));
  const { width, height } = info;
  return sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: QUALITY })
    .toBuffer();
}

const gaussian = (random: () => number) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

class Comparison {
  private readonly runtime = loadOnnxRuntime();
  private readonly inspector = createHandlers(this.runtime);
  private readonly resizer = createResizer(this.runtime);
  private readonly folder = mkdtemp(join(tmpdir(), "golden-sample-bench-"));
  private readonly model: ReturnType<typeof loadBackbone>;
  private readonly times: Record<"decode" | "shrink" | "prepare" | "prepareShrunk" | "frame", number[]> = {
    decode: [],
    shrink: [],
    prepare: [],
    prepareShrunk: [],
    frame: [],
  };
  private readonly distances: number[] = [];
  private threshold = Number.NaN;
  private shrunkThreshold = Number.NaN;

  /** @param edge that the smaller side keeps at least when it is shrunk */
  constructor(
    private readonly backbone: BackboneRequest,
    private readonly edge: number,
  ) {
    this.model = loadBackbone(this.runtime, backbone);
  }

  async learn(references: readonly Buffer[]): Promise<void> {
    const full = await Promise.all(references.map(decode));
    const shrunk = await Promise.all(references.map((data) => this.shrink(data)));
    this.threshold = await this.build("full", full);
    this.shrunkThreshold = await this.build("shrunk", shrunk);
  }

  async score(data: Buffer): Promise<Omit<Scored, "defective">> {
    const full = await timedInto(this.times.decode, () => decode(data));
    const shrunk = await timedInto(this.times.shrink, () => this.shrink(data));
    if (this.times.frame.length < TIMED) {
      const request = await this.request("full", { kind: "encoded", data });
      this.times.frame.push(await time(() => this.inspector.score(request, UNATTENDED)));
    }
    await this.compareTokens(full, shrunk);
    return {
      full: await this.scoreOf("full", full),
      shrunk: await this.scoreOf("shrunk", shrunk),
      mixed: await this.scoreOf("full", shrunk),
    };
  }

  found(scored: readonly Scored[]) {
    const aurocs = (["full", "shrunk", "mixed"] as const).map((way) => [
      `auroc ${way}`,
      round(auroc(scored.map(({ [way]: score, defective }) => ({ score, defective })))!),
    ]);
    const changed = (way: "shrunk" | "mixed", threshold: number) =>
      scored.filter((each) => each.full > this.threshold !== each[way] > threshold).length;
    const moved = scored.map(({ full, mixed }) => Math.abs(mixed / full - 1));
    return {
      frames: scored.length,
      ...Object.fromEntries(aurocs),
      verdictsChanged: changed("shrunk", this.shrunkThreshold),
      verdictsChangedMixed: changed("mixed", this.threshold),
      scoreMovedMedian: round(median(moved)),
      scoreMovedMost: round(Math.max(...moved)),
      tokenMean: round(this.distances.reduce((sum, one) => sum + one, 0) / this.distances.length),
      tokenMost: round(this.distances.reduce((most, one) => Math.max(most, one), 0)),
      ...Object.fromEntries(Object.entries(this.times).map(([key, values]) => [key, round(median(values))])),
    };
  }

  async end(): Promise<void> {
    await (await this.model).release();
    await this.resizer.release();
    await rm(await this.folder, { recursive: true, force: true });
  }

  /** As a decoder of ours would have to: libjpeg's fraction and libvips for the rest, the codes walked meanwhile. */
  private async shrink(data: Buffer): Promise<RgbImage> {
    const walked = codesAllBlocks(data, readJpegStructure(data));
    const { data: pixels, info } = await sharp(data, { failOn: "warning", ignoreIcc: true })
      .autoOrient()
      .resize({ width: this.edge, height: this.edge, fit: "outside", kernel: "cubic", withoutEnlargement: true })
      .toColourspace("srgb")
      .removeAlpha()
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    await walked;
    return { data: pixels, width: info.width, height: info.height };
  }

  /** Cosine distances patch by patch; and what preparing takes. */
  private async compareTokens(full: RgbImage, shrunk: RgbImage): Promise<void> {
    const { info, features } = await this.model;
    const tokens = async (image: RgbImage, times: number[]) => {
      const prepared = () => preprocess(image, this.backbone.resolution, info, this.resizer);
      return features(await timedInto(times, prepared));
    };
    const a = await tokens(full, this.times.prepare);
    const b = await tokens(shrunk, this.times.prepareShrunk);
    for (let from = 0; from < a.data.length; from += a.dimension) {
      let [product, own, other] = [0, 0, 0];
      for (let i = from; i < from + a.dimension; i++) {
        product += a.data[i]! * b.data[i]!;
        own += a.data[i]! ** 2;
        other += b.data[i]! ** 2;
      }
      this.distances.push(1 - product / Math.sqrt(own * other));
    }
  }

  private async build(name: string, images: readonly RgbImage[]): Promise<number> {
    const request = requests.build.schema.parse({
      bank: await this.bank(name),
      backbone: this.backbone,
      settings: { place: "auto" },
      references: images.map(raw),
    });
    const { calibration } = await this.inspector.build(request, UNATTENDED);
    return defaultThreshold(calibration, false).threshold;
  }

  private async scoreOf(bank: string, image: RgbImage): Promise<number> {
    return (await this.inspector.score(await this.request(bank, raw(image)), UNATTENDED)).score;
  }

  private async request(bank: string, image: object): Promise<Request<"score">> {
    return requests.score.schema.parse({ image, backbone: this.backbone, bank: await this.bank(bank) });
  }

  private async bank(name: string) {
    return { file: join(await this.folder, `${name}.safetensors`) };
  }
}

async function timedInto<T>(times: number[], work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  times.push(performance.now() - start);
  return result;
}

const raw = (image: RgbImage) => toImageSource({ ...image, channels: 3 });
const decode = (data: Buffer) => decodeImage({ kind: "encoded", data });
const round = (value: number) => Number(value.toPrecision(3));

void main();
