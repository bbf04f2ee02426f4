import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, describe, it } from "mocha";
import type { Fit } from "../../lib/backbone/fit";
import { loadBackbone } from "../../lib/backbone/load";
import type { PatchTokens } from "../../lib/backbone/patch-tokens";
import { preprocess } from "../../lib/backbone/preprocess";
import { createIndexer } from "../../lib/bank/search";
import { decodeImage } from "../../lib/image/decode";
import { createResizer } from "../../lib/image/resize";
import type { RgbImage } from "../../lib/image/rgb-image";
import { ROTATIONS, rotate } from "../../lib/image/rotate";
import { foregroundMask } from "../../lib/mask/foreground";
import { createPrincipalComponent } from "../../lib/mask/principal-component";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";
import { loadPortableRuntime } from "../../lib/runtime/onnxruntime-web";
import type { InferenceRuntime } from "../../lib/runtime/types";
import { anomalyMap } from "../../lib/score/anomaly-map";
import { imageScore } from "../../lib/score/image-score";
import { ROOT } from "../support/shared-data";

interface Case {
  name: string;
  backbone: string;
  dataset: string;
  references: string[];
  resolution: number;
  rotate: boolean;
  mask: boolean;
  maskReferences: boolean;
  metric: "cosine" | "l2";
  neighbours: number;
  /** Absent: the authors' crop. */
  fit?: Fit;
  images: { image: string; score: number; grid: [number, number]; distances: string; foreground: number | null }[];
  layers?: {
    image: string;
    /** Absent: the image itself, which is not resized. */
    input?: string;
    inputShape?: [number, number, number];
    tokens: string;
    mask?: string;
    map: string;
    mapShape: [number, number];
  };
}

/** Expected outputs, and how near ours must be. */
interface Source {
  /** Of `cases.json` and what it names. */
  folder: string;
  data: string;
  /** Of image scores, relative. */
  score: number;
  /** How patch distance grids correlate at least; the resampler's rounding is in them. */
  correlation: number;
  /** Of patch distances whose bank went through our own resampler, relative to the largest. */
  distances: number;
}

const shared = resolve(ROOT, "..", "shared");
/** The AnomalyDINO authors' own Python code, run on real photographs. */
const REFERENCE: Source = {
  folder: join(shared, "reference"),
  data: join(shared, "data"),
  score: 0.02,
  correlation: 0.995,
  distances: 2e-3,
};
/** The paper's formulae in a few lines of NumPy, run on rendered pictures: `fixture/formulae.py`. */
const fixture = join(ROOT, "test", "parity", "fixture");
const FORMULAE: Source = { folder: fixture, data: fixture, score: 1e-3, correlation: 0.9999, distances: 1e-5 };

/**
 * Agreement layer by layer and end to end. The portable runtime has one thread: several wait for one another busily, a third
 * of the time beside other tests. That it computes alike with as many as there are is seen in `unit/portable.test.ts` and `runtimes.test.ts`.
 */
for (const runtime of [loadOnnxRuntime(), loadPortableRuntime(1)]) {
  describe(`parity with the formulae, ${runtime.name} runtime`, () => parity(runtime, FORMULAE));
  describe(`parity with the reference implementation, ${runtime.name} runtime`, () => parity(runtime, REFERENCE));
}

function parity(runtime: InferenceRuntime, { folder, data, ...tolerance }: Source): void {
  const casesFile = join(folder, "cases.json");
  if (!existsSync(casesFile)) {
    it.skip(`skipped: ${casesFile} is not on this machine`);
    return;
  }
  const floats = (file: string) => {
    const bytes = readFileSync(join(folder, file));
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  };
  const resizer = createResizer(runtime);
  const indexer = createIndexer(runtime);
  const component = createPrincipalComponent(runtime);
  after(async () => {
    await Promise.all([resizer.release(), indexer.release(), component.release()]);
  });

  for (const item of JSON.parse(readFileSync(casesFile, "utf8")) as Case[]) {
    describe(item.name, () => {
      const image = (path: string) => decodeImage({ kind: "path", path: join(data, item.dataset, path) });
      const backbone = loadBackbone(runtime, {
        model: join(folder, item.backbone),
        resolution: item.resolution,
        fit: item.fit ?? "crop",
        device: "cpu",
        threads: 0,
      });
      const features = async (picture: RgbImage) => {
        const { info, features: run } = await backbone;
        return run(await preprocess(picture, item.resolution, info, resizer));
      };
      const mask = async (tokens: PatchTokens) =>
        foregroundMask(await component.project(tokens), tokens.rows, tokens.cols, (await backbone).info.maskThreshold);
      const bank = buildBank();
      after(async () => (await backbone).release());

      async function buildBank(): Promise<Float32Array> {
        const parts: Float32Array[] = [];
        for (const path of item.references) {
          const picture = await image(path);
          for (const degrees of item.rotate ? ROTATIONS : [0]) {
            const tokens = await features(rotate(picture, degrees));
            parts.push(item.maskReferences ? pick(tokens, (await mask(tokens)).data) : tokens.data.slice());
          }
        }
        return concatenate(parts);
      }

      async function distances(tokens: PatchTokens): Promise<Float32Array> {
        const index = await indexer.index(await bank, tokens.dimension, item.metric, item.neighbours);
        const found = (await index.search(tokens.data)).distances;
        if (!item.mask) return found;
        const kept = (await mask(tokens)).data;
        return found.map((value, i) => (kept[i] ? value : 0));
      }

      it("gives the scores and distance grids from the image files", async () => {
        for (const expected of item.images) {
          const tokens = await features(await image(expected.image));
          assert.deepEqual([tokens.rows, tokens.cols], expected.grid);
          const found = await distances(tokens);
          const score = imageScore(found);
          assert.ok(
            Math.abs(score - expected.score) <= tolerance.score * expected.score,
            `${expected.image}: score ${score}, reference ${expected.score}`,
          );
          const similarity = correlation(found, floats(expected.distances));
          assert.ok(
            similarity > tolerance.correlation,
            `${expected.image}: distance grids correlate by ${similarity} only`,
          );
        }
      });

      const { layers } = item;
      if (layers === undefined) return;

      it("gives the tokens, distances, mask and map of one image, taken apart", async () => {
        const [, height, width] = layers.inputShape ?? [];
        const tokens =
          layers.input === undefined
            ? await features(await image(layers.image))
            : await (await backbone).features({ height: height!, width: width!, data: floats(layers.input) });
        closeTo(tokens.data, floats(layers.tokens), 1e-4, "tokens");
        if (layers.mask !== undefined) assert.equal((await mask(tokens)).data.join(""), layers.mask);
        const expected = floats(item.images.find((entry) => entry.image === layers.image)!.distances);
        // The bank's references went through our own resampler, which rounds otherwise in a few pixels.
        closeTo(await distances(tokens), expected, tolerance.distances, "distances");
        const [mapHeight, mapWidth] = layers.mapShape;
        const map = anomalyMap(expected, tokens.rows, tokens.cols, mapHeight, mapWidth);
        closeTo(map, floats(layers.map), 1e-4, "anomaly map");
      });
    });
  }
}

/** Relative to the largest magnitude, as the reference states its tolerance. */
function closeTo(actual: Float32Array, expected: Float32Array, tolerance: number, what: string): void {
  assert.equal(actual.length, expected.length, `${what}: length`);
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  let worst = 0;
  for (let i = 0; i < actual.length; i++) worst = Math.max(worst, Math.abs(actual[i]! - expected[i]!) / scale);
  assert.ok(worst <= tolerance, `${what}: off by ${worst} of the largest value`);
}

function correlation(a: Float32Array, b: Float32Array): number {
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i]! - meanA) * (b[i]! - meanB);
    aa += (a[i]! - meanA) ** 2;
    bb += (b[i]! - meanB) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

function pick({ data, dimension }: PatchTokens, mask: Uint8Array): Float32Array {
  const rows = Array.from(mask, (keep, row) =>
    keep ? data.subarray(row * dimension, (row + 1) * dimension) : undefined,
  );
  return concatenate(rows.filter((row) => row !== undefined));
}

function concatenate(parts: Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
