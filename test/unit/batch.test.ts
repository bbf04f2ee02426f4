import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import type { PatchTokens } from "../../lib/backbone/patch-tokens";
import { createIndexer } from "../../lib/bank/search";
import { TokenCache } from "../../lib/engine/caches";
import type { Engine, RequestInput, Responses } from "../../lib/engine/requests";
import type { BatchItem } from "../../lib/engine/requests/score";
import { EngineClient } from "../../lib/engine/supervisor/client";
import { acquireEngine } from "../../lib/engine/supervisor/registry";
import { seededRandom } from "../../lib/random";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";
import { mutualDistances } from "../../lib/score/mutual-distances";
import { partJpeg } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";
import { tinyBackbone } from "../support/tiny-backbone";

describe("distances of the images of a batch", () => {
  const indexer = createIndexer(loadOnnxRuntime());
  after(() => indexer.release());

  /** The authors' rule, written out: of all similarities to other images, the best 0.1 % but one, averaged. */
  function slowly(images: readonly PatchTokens[], image: number): number[] {
    const unit = ({ data, dimension }: PatchTokens, row: number) => {
      const vector = [...data.subarray(row * dimension, (row + 1) * dimension)];
      const length = Math.hypot(...vector);
      return vector.map((value) => value / length);
    };
    const rows = (tokens: PatchTokens) =>
      Array.from({ length: tokens.rows * tokens.cols }, (_, row) => unit(tokens, row));
    const others = images.flatMap((tokens, i) => (i === image ? [] : rows(tokens)));
    const count = Math.max(1, Math.floor(0.001 * others.length) - 1);
    return rows(images[image]!).map((query) => {
      const distances = others.map((other) => 1 - other.reduce((sum, value, i) => sum + value * query[i]!, 0));
      const nearest = Float64Array.from(distances).sort().subarray(0, count);
      return nearest.reduce((sum, value) => sum + value, 0) / count;
    });
  }

  for (const [what, rows, count] of [
    ["the nearest patch of a small batch", 6, 3],
    ["the mean over the nearest thousandth of a large one", 24, 8],
  ] as const) {
    it(`are ${what}, never the image's own`, async () => {
      const random = seededRandom(rows);
      const images = Array.from({ length: count }, (): PatchTokens => {
        return {
          rows,
          cols: rows,
          dimension: 8,
          data: Float32Array.from({ length: rows * rows * 8 }, () => random() - 0.5),
        };
      });
      const mutual = await mutualDistances(images, false, indexer);
      for (const image of [0, count - 1]) {
        const { distances, nearest } = await mutual.of(image);
        const expected = slowly(images, image);
        for (const [i, value] of distances.entries()) assert.ok(Math.abs(value - expected[i]!) < 1e-5);
        for (const row of nearest) assert.notEqual(mutual.place(row).image, image);
      }
    });
  }

  it("know which image and patch a row stands for", async () => {
    const tokens = (rows: number): PatchTokens => ({
      rows,
      cols: 2,
      dimension: 2,
      data: new Float32Array(4 * rows).fill(1),
    });
    const { place } = await mutualDistances([tokens(2), tokens(3)], false, indexer);
    assert.deepEqual([0, 3, 4, 9].map(place), [
      { image: 0, patch: 0 },
      { image: 0, patch: 3 },
      { image: 1, patch: 0 },
      { image: 1, patch: 5 },
    ]);
  });
});

describe("a batch in the engine", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let engine: Engine;
  let request: RequestInput<"batch">;

  before(async () => {
    folder = temporaryFolder();
    engine = acquireEngine({ device: "auto" });
    const images: RequestInput<"batch">["images"] = [];
    for (let seed = 1; seed <= 6; seed++) {
      images.push({ image: { kind: "encoded", data: await partJpeg({ seed, scratch: seed === 4 }) } });
    }
    request = { images, backbone: { model: "texture", resolution: 112 } };
  });
  after(() => {
    engine.release();
    folder.remove();
  });
  const items = ({ results }: Responses["batch"]) => results.map((result) => result as BatchItem);

  it("tells the one scratched part from the others without any reference", async () => {
    const progress: number[] = [];
    const options = { ...request, map: true, regions: true, overlay: true };
    const answer = await engine.call("batch", options, {
      onProgress: ({ done, total }) => progress.push(done / total),
    });
    const results = items(answer);
    const scores = results.map(({ score }) => score);
    assert.equal(scores.indexOf(Math.max(...scores)), 3);
    assert.ok(scores[3]! > 1.3 * Math.max(...scores.filter((_, i) => i !== 3)), scores.join());
    const scratched = results[3]!;
    assert.deepEqual(scratched.batch, { index: 3, size: 6 });
    assert.deepEqual(scratched.image, { width: 160, height: 120 });
    assert.equal(scratched.map!.data.byteLength, 4 * scratched.grid.rows * scratched.grid.cols);
    assert.ok(scratched.regions!.length > 0);
    assert.notEqual(scratched.regions![0]!.nearest!.reference, 3);
    assert.deepEqual([...scratched.overlay!.subarray(0, 3)], [0xff, 0xd8, 0xff]);
    assert.equal(progress.at(-1), 1);
  });

  it("leaves out an image that cannot be read, with the reason in its place", async () => {
    const [first, second, ...rest] = request.images;
    const broken = { image: { kind: "encoded" as const, data: Buffer.from("no image at all") } };
    const { results } = await engine.call("batch", { ...request, images: [first!, broken, second!, ...rest] });
    assert.deepEqual((results[1] as { error: { code: string } }).error.code, "BAD_IMAGE");
    const others = items({ results: results.filter((_, i) => i !== 1) });
    assert.deepEqual(
      others.map(({ batch }) => batch.size),
      [6, 6, 6, 6, 6, 6],
    );
    const without = items(await engine.call("batch", request));
    assert.deepEqual(
      others.map(({ score }) => score),
      without.map(({ score }) => score),
    );
  });

  it("leaves out an image of which the backbone makes nothing, with the reason in its place", async () => {
    const model = join(folder.path, "tiny.onnx");
    writeFileSync(model, tinyBackbone());
    // Before normalisation this is ImageNet's mean, of which a network without a bias makes zeros.
    const mean = Buffer.from(Array.from({ length: 56 * 56 }, () => [124, 116, 104]).flat());
    const blank = { image: { kind: "raw" as const, data: mean, width: 56, height: 56, channels: 3 as const } };
    const description = { mean: [124 / 255, 116 / 255, 104 / 255] as [number, number, number] };
    const backbone = { model, resolution: 56, description };
    const { results } = await engine.call("batch", { images: [...request.images, blank], backbone });
    assert.equal((results[6] as { error?: { code: string } }).error?.code, "BAD_BACKBONE");
    assert.equal(
      items({ results: results.slice(0, 6) }).every(({ score }) => score > 0),
      true,
    );
  });

  it("takes an image's own mask, and refuses one of another grid", async () => {
    const { grid } = items(await engine.call("batch", request))[0]!;
    const mask = { ...grid, dtype: "uint8" as const, data: Buffer.alloc(grid.rows * grid.cols) };
    const images = request.images.map((item, i) => (i === 3 ? { ...item, mask } : item));
    const masked = items(await engine.call("batch", { ...request, images }));
    assert.deepEqual([masked[3]!.health?.cause, masked[3]!.mask.coverage], ["masked", 0]);
    assert.equal(masked[3]!.score, items(await engine.call("batch", request))[3]!.score, "and it is no score of 0");
    const wrong = request.images.map((item) => ({
      ...item,
      mask: { ...mask, rows: 1, cols: 1, data: Buffer.alloc(1) },
    }));
    await assert.rejects(engine.call("batch", { ...request, images: wrong }), /The mask has 1 x 1 patches/);
  });

  it("needs two images that can be read", async () => {
    await assert.rejects(
      engine.call("batch", { ...request, images: request.images.slice(0, 1) }),
      /at least two images/,
    );
    const broken = { image: { kind: "encoded" as const, data: Buffer.from("no image at all") } };
    const images = [request.images[0]!, broken, broken];
    await assert.rejects(engine.call("batch", { ...request, images }), /3 images 1 could be read.*it is text/);
  });

  it("ends when it is cancelled", async () => {
    const abort = new AbortController();
    const call = engine.call("batch", request, { signal: abort.signal, onProgress: () => abort.abort() });
    await assert.rejects(call, /cancelled/);
  });
});

describe("tokens kept for an evaluation", () => {
  it("spare the backbone an image that comes again, and change no score", async () => {
    const folder = temporaryFolder();
    const engine = new EngineClient();
    try {
      const model = join(folder.path, "tiny.onnx");
      writeFileSync(model, tinyBackbone());
      const backbone = { model, resolution: 112 };
      const paths = ["a", "b", "c"].map((name) => join(folder.path, `${name}.jpg`));
      for (const [i, path] of paths.entries()) writeFileSync(path, await partJpeg({ seed: i + 1 }));
      const [first, second, frame] = paths.map((path) => ({ kind: "path" as const, path }));
      const bank = { file: join(folder.path, "bank.safetensors") };
      const build = async (reuse?: string) => {
        const references = [first!, second!];
        await engine.call("build", { bank, backbone, settings: { rotate: true }, references, ...(reuse && { reuse }) });
      };
      const score = (reuse?: string) =>
        engine.call("score", { image: frame!, backbone, bank, overlay: true, ...(reuse && { reuse }) });
      await build();
      const plain = await score();
      await build("a");
      const kept = await score("a");
      await build("a");
      const again = await score("a");
      assert.equal(kept.score, plain.score);
      assert.equal(again.score, plain.score);
      assert.deepEqual(again.overlay, plain.overlay);
      assert.ok(plain.timing.features > 0 && kept.timing.features > 0);
      assert.equal(again.timing.features, 0);
      assert.ok((await score("b")).timing.features > 0);
      // The file's bytes count, not its name.
      writeFileSync(paths[2]!, await partJpeg({ seed: 9, scratch: true }));
      const changed = await score("b");
      assert.ok(changed.timing.features > 0 && changed.score !== plain.score);
    } finally {
      engine.close();
      folder.remove();
    }
  });

  it("stay within their budget", () => {
    const image = { width: 1, height: 1, tokens: { rows: 1, cols: 1, dimension: 10, data: new Float32Array(10) } };
    const kept = new TokenCache(100);
    for (const key of ["a", "b", "c"]) kept.put("set", key, image);
    assert.deepEqual(
      ["a", "b", "c"].map((key) => kept.get("set", key) !== undefined),
      [true, true, false],
    );
    kept.put("other", "c", image);
    assert.ok(kept.get("other", "c") && !kept.get("set", "a") && !kept.get("other", "a"));
  });
});
