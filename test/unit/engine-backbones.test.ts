import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import type { Engine, RequestInput } from "../../lib/engine/requests";
import { acquireEngine } from "../../lib/engine/supervisor/registry";
import { GoldenSampleError } from "../../lib/errors";
import { partJpeg } from "../support/pictures";
import { temporaryFolder } from "../support/temporary";
import { tinyBackbone, tinyCnn } from "../support/tiny-backbone";

/** Pixels from 0 to 1. */
const PLAIN: { mean: [number, number, number]; standardDeviation: [number, number, number] } = {
  mean: [0, 0, 0],
  standardDeviation: [1, 1, 1],
};

describe("the engine with other backbones than a ViT of any size", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let engine: Engine;
  before(() => {
    folder = temporaryFolder();
    engine = acquireEngine({ device: "auto" });
  });
  after(() => {
    engine.release();
    folder.remove();
  });

  const file = (name: string, model: Buffer) => {
    const path = join(folder.path, `${name}.onnx`);
    writeFileSync(path, model);
    return path;
  };
  const picture = async (seed: number, scratch = false) =>
    ({ kind: "encoded", data: await partJpeg({ seed, scratch }) }) as const;
  const bank = (name: string) => ({ file: join(folder.path, `${name}.safetensors`) });

  async function tellsScratches(name: string, backbone: RequestInput<"score">["backbone"]) {
    const references = await Promise.all([1, 2, 3].map((seed) => picture(seed)));
    const result = await engine.call("build", { bank: bank(name), backbone, references, settings: { mask: "off" } });
    const request = { backbone, bank: bank(name), regions: true };
    const good = await engine.call("score", { ...request, image: await picture(8) });
    const options = { ...request, regionLevel: 1.2 * good.score };
    const bad = await engine.call("score", { ...options, image: await picture(9, true) });
    assert.ok(bad.score > 1.5 * good.score, `${bad.score} against ${good.score}`);
    for (const { x, y, width, height } of bad.regions!)
      assert.ok(x >= 0 && y >= 0 && x + width <= 160 && y + height <= 120);
    return { result, grid: bad.grid };
  }
  async function mismatch(name: string, backbone: RequestInput<"score">["backbone"]): Promise<string> {
    const asked = engine.call("score", { backbone, bank: bank(name), image: await picture(8) });
    const thrown = await asked.catch((error: unknown) => error);
    assert.ok(thrown instanceof GoldenSampleError && thrown.code === "BANK_MISMATCH", String(thrown));
    return thrown.message;
  }

  it("builds and scores with a feature map", async () => {
    const model = file("cnn", tinyCnn({ layers: [{ name: "map", stride: 8, channels: 24 }], bias: 4 }));
    const { result, grid } = await tellsScratches("cnn", { model, resolution: 96, description: PLAIN });
    assert.deepEqual([result.dimension, grid], [24, { rows: 12, cols: 16 }]);
  });

  it("builds and scores with two layers joined, and knows the bank by its layers", async () => {
    const layers = [
      { name: "fine", stride: 8, channels: 24 },
      { name: "coarse", stride: 16, channels: 24 },
    ];
    const model = file("layers", tinyCnn({ layers, bias: 4 }));
    const both = { ...PLAIN, outputs: ["fine", "coarse"] };
    const { result, grid } = await tellsScratches("layers", { model, resolution: 96, description: both });
    assert.deepEqual([result.dimension, grid], [48, { rows: 12, cols: 16 }]);
    const swapped = { model, resolution: 96, description: { ...PLAIN, outputs: ["coarse", "fine"] } };
    assert.match(await mismatch("layers", swapped), /was built with other outputs/);
  });

  it("builds and scores at a model's fixed size, whatever resolution is set", async () => {
    const model = file("fixed", tinyBackbone({ fixed: 112, patchSize: 8 }));
    const { grid } = await tellsScratches("fixed", { model, resolution: 448 });
    assert.deepEqual(grid, { rows: 14, cols: 14 }, "the whole picture, its sides' ratio given up");
    const info = await engine.call("describe", { backbone: { model, resolution: 64 } });
    assert.deepEqual([info.resolution, info.size], [112, { kind: "fixed", height: 112, width: 112 }]);
    const image = await picture(8);
    await engine.call("score", { backbone: { model, resolution: 64 }, bank: bank("fixed"), image });
    const other = { model, resolution: 64, description: { mean: [0.5, 0.5, 0.5] as [number, number, number] } };
    assert.match(await mismatch("fixed", other), /another normalisation/);
  });

  it("answers frames of more models at once than are kept in memory", async () => {
    const models = Array.from({ length: 7 }, (_, i) => file(`of-many-${i}`, tinyBackbone({ dimension: 8 + i })));
    const frames = Array.from({ length: 6 }, (_, round) => models.map((model) => ({ model, seed: 100 + round })));
    const answers = await Promise.all(
      frames.flat().map(async ({ model, seed }) => {
        const backbone = { model, resolution: 98 };
        return engine.call("mask", { image: await picture(seed), backbone, foreground: "off" });
      }),
    );
    assert.equal(answers.length, 42);
    for (const { coverage } of answers) assert.equal(coverage, 1);
  });

  it("refuses a description that is none, by the name of what is wrong", async () => {
    const wrong = { model: "x.onnx", resolution: 64, description: { patch: 3 } as never };
    await assert.rejects(engine.call("describe", { backbone: wrong }), /description.*patch/);
    const built = { model: "texture", resolution: 64, description: { outputs: ["a"] } };
    await assert.rejects(engine.call("describe", { backbone: built }), /"texture" has its own description/);
  });
});
