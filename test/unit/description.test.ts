import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import type { Backbone } from "../../lib/backbone/backbone";
import { type DescriptionOverrides, descriptionOverrides, featureKey } from "../../lib/backbone/description";
import { loadBackbone } from "../../lib/backbone/load";
import { probeBackbone } from "../../lib/backbone/probe";
import { GoldenSampleError } from "../../lib/errors";
import { writeOnnxModel } from "../../lib/runtime/onnx-graph";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";
import { temporaryFolder } from "../support/temporary";
import { tinyBackbone, tinyCnn } from "../support/tiny-backbone";

/** Numbers without pattern, as a prepared picture. */
function picture(height: number, width: number) {
  return { height, width, data: Float32Array.from({ length: 3 * height * width }, (_, i) => Math.sin(i * 0.731)) };
}

describe("descriptions of backbones", () => {
  const runtime = loadOnnxRuntime();
  const loaded: Backbone[] = [];
  let folder: ReturnType<typeof temporaryFolder>;
  before(() => {
    folder = temporaryFolder();
  });
  after(async () => {
    for (const { release } of loaded) await release();
    folder.remove();
  });

  async function load(model: Buffer, description?: unknown): Promise<Backbone> {
    const path = join(folder.path, "model.onnx");
    writeFileSync(path, model);
    const said: DescriptionOverrides | undefined = description ? descriptionOverrides.parse(description) : undefined;
    const spec = { model: path, resolution: 64, device: "cpu", threads: 1, description: said } as const;
    const backbone = await loadBackbone(runtime, spec);
    loaded.push(backbone);
    return backbone;
  }
  async function refusal(model: Buffer, description?: unknown): Promise<string> {
    const thrown = await load(model, description).catch((error: unknown) => error);
    assert.ok(thrown instanceof GoldenSampleError && thrown.code === "BAD_BACKBONE", String(thrown));
    assert.match(thrown.message, /^[^\n]+\.$/);
    return thrown.message;
  }

  for (const [patchSize, leadingTokens] of [
    [8, 1],
    [14, 0],
    [14, 5],
    [16, 1],
    [16, 5],
    [32, 1],
  ] as const) {
    it(`of a ViT fixed to 224 px: patch ${patchSize}, ${leadingTokens} leading token(s), from one run`, async () => {
      const { info, features } = await load(tinyBackbone({ patchSize, leadingTokens, fixed: 224 }));
      assert.deepEqual(info.size, { kind: "fixed", height: 224, width: 224 });
      assert.deepEqual(info.outputs, [
        { name: "last_hidden_state", kind: "tokens", leadingTokens, trailingTokens: 0, patchSize, dimension: 16 },
      ]);
      assert.equal(info.resolution, 224, "the file's own size, whatever was asked for");
      const { rows, cols } = await features(picture(224, 224));
      assert.deepEqual([rows, cols], [224 / patchSize, 224 / patchSize]);
    });
  }

  it("of a feature map: its cells are the patches, its channels their numbers", async () => {
    const cnn = { layers: [{ name: "layer3", stride: 16, channels: 8 }] };
    const { info, features } = await load(tinyCnn(cnn));
    assert.deepEqual(
      [info.inputName, info.layout, info.batch, info.size, info.patchSize, info.dimension],
      ["image", "NCHW", "dynamic", { kind: "dynamic", multiple: 16 }, 16, 8],
    );
    assert.deepEqual(info.outputs, [{ name: "layer3", kind: "map", layout: "NCHW", patchSize: 16, dimension: 8 }]);
    const found = await features(picture(32, 48));
    assert.deepEqual([found.rows, found.cols, found.data.length], [2, 3, 48]);
    // The same convolution written as tokens.
    const vit = await load(tinyBackbone({ patchSize: 16, dimension: 8 }));
    assert.deepEqual(found.data, (await vit.features(picture(32, 48))).data.slice());
  });

  it("of a map at one fixed size", async () => {
    const { info } = await load(tinyCnn({ layers: [{ name: "map", stride: 32, channels: 4 }], fixed: 256 }));
    assert.deepEqual([info.size, info.patchSize], [{ kind: "fixed", height: 256, width: 256 }, 32]);
  });

  it("of pixels and maps with their channels last", async () => {
    const layers = [{ name: "map", stride: 16, channels: 8 }];
    const [last, first] = [await load(tinyCnn({ layers, channelsLast: true })), await load(tinyCnn({ layers }))];
    assert.equal(last.info.layout, "NHWC");
    assert.deepEqual(last.info.outputs, [{ name: "map", kind: "map", layout: "NHWC", patchSize: 16, dimension: 8 }]);
    const image = picture(32, 48);
    assert.deepEqual((await last.features(image)).data.slice(), (await first.features(image)).data);
  });

  it("of two layers, which are joined only when both are named", async () => {
    const model = tinyCnn({
      layers: [
        { name: "layer2", stride: 8, channels: 4 },
        { name: "layer3", stride: 16, channels: 8 },
      ],
    });
    assert.match(
      await refusal(model),
      /\(layer2, layer3\); name in the description .*"outputs": \["layer2","layer3"\]/,
    );
    const { info, features } = await load(model, { outputs: ["layer2", "layer3"] });
    assert.deepEqual([info.patchSize, info.dimension, info.size], [8, 12, { kind: "dynamic", multiple: 16 }]);
    const image = picture(32, 48);
    const joined = await features(image);
    assert.deepEqual([joined.rows, joined.cols, joined.dimension], [4, 6, 12]);
    // A corner patch has the coarse layer's corner cell, both layers at length 1.
    const coarse = await (await load(model, { outputs: [{ name: "layer3" }] })).features(image);
    const length = Math.hypot(...coarse.data.subarray(0, 8));
    for (let i = 0; i < 8; i++) assert.ok(Math.abs(joined.data[4 + i]! - coarse.data[i]! / length) < 1e-6);
    for (let at = 0; at < joined.data.length; at += 12) {
      assert.ok(Math.abs(Math.hypot(...joined.data.subarray(at, at + 4)) - 1) < 1e-5);
      assert.ok(Math.abs(Math.hypot(...joined.data.subarray(at + 4, at + 12)) - 1) < 1e-5);
    }
  });

  it("of several layers of a transformer: side by side, or their mean, of as many numbers as one has", async () => {
    const model = tinyBackbone({ leadingTokens: 5, dimension: 8, outputName: "layer9", secondOutput: "layer11" });
    const outputs = ["layer9", "layer11"];
    const image = picture(28, 42);
    const [one, both, mean] = [
      await load(model, { outputs: outputs.slice(0, 1) }),
      await load(model, { outputs }),
      await load(model, { outputs, combine: "mean" }),
    ];
    assert.deepEqual([one.info.dimension, both.info.dimension, mean.info.dimension], [8, 16, 8]);
    const [single, joined, averaged] = [
      await one.features(image),
      await both.features(image),
      await mean.features(image),
    ];
    // Class and register tokens are left out of every layer; the second one is the first one's negative.
    for (const { rows, cols } of [single, joined, averaged]) assert.deepEqual([rows, cols], [2, 3]);
    const length = Math.hypot(...single.data.subarray(0, 8));
    for (let i = 0; i < 8; i++) {
      assert.ok(Math.abs(joined.data[i]! - single.data[i]! / length) < 1e-6);
      assert.ok(Math.abs(joined.data[8 + i]! + single.data[i]! / length) < 1e-6);
    }
    assert.ok(averaged.data.every((value) => value === 0));
    assert.notEqual(featureKey(mean.info), featureKey(both.info), "a bank knows them apart");
  });

  it("of layers of different widths: no mean", async () => {
    const layers = [
      { name: "layer2", stride: 8, channels: 4 },
      { name: "layer3", stride: 16, channels: 8 },
    ];
    const said = { outputs: ["layer2", "layer3"], combine: "mean" as const };
    assert.match(await refusal(tinyCnn({ layers }), said), /4, 8 numbers a patch, of which there is no mean/);
  });

  it("of half precision: tokens as those of single, to its rounding", async () => {
    const half = await load(tinyBackbone({ half: true }));
    assert.equal(half.info.inputType, "float16");
    const image = picture(28, 42);
    const exact = (await (await load(tinyBackbone())).features(image)).data.slice();
    const rounded = (await half.features(image)).data;
    assert.equal(rounded.length, exact.length);
    assert.ok(rounded.every((value, i) => Math.abs(value - exact[i]!) < 0.02));
  });

  it("cost two runs where the size is free, one where it is fixed", async () => {
    for (const [fixed, expected] of [
      [undefined, 2],
      [224, 1],
    ] as const) {
      const session = await runtime.createSession(tinyBackbone(fixed ? { fixed } : {}));
      let runs = 0;
      const counting: typeof session = {
        ...session,
        run(...args) {
          runs++;
          return session.run(...args);
        },
      };
      await probeBackbone(counting, "tiny.onnx");
      assert.equal(runs, expected);
      await session.release();
    }
  });

  it("say whether the batch is free", async () => {
    assert.equal((await load(tinyBackbone({ batch: 1 }))).info.batch, 1);
    assert.equal((await load(tinyBackbone({ batch: "batch" }))).info.batch, "dynamic");
    assert.match(await refusal(tinyBackbone({ batch: 4 })), /always 4 images/);
  });

  it("yield to the user where the file leaves it open", async () => {
    const mean = [0.5, 0.5, 0.5];
    const { info } = await load(tinyBackbone({ leadingTokens: 3 }), {
      mean,
      standardDeviation: mean,
      outputs: [{ name: "last_hidden_state", leadingTokens: 1 }],
      size: { kind: "fixed", height: 112, width: 224 },
    });
    assert.deepEqual([info.mean, info.standardDeviation, info.resolution], [mean, mean, 112]);
    const [tokens] = info.outputs;
    assert.ok(tokens.kind === "tokens" && tokens.leadingTokens === 1 && tokens.trailingTokens === 2);
  });

  it("may be given back as they were shown", async () => {
    const { info } = await load(tinyBackbone());
    const { inputName, inputType, layout, size, batch, mean, standardDeviation, outputs, patchSize, dimension } = info;
    const shown = { inputName, inputType, layout, size, batch, mean, standardDeviation, outputs, patchSize, dimension };
    assert.deepEqual((await load(tinyBackbone(), JSON.parse(JSON.stringify(shown)))).info, info);
  });

  it("are refused where the file says otherwise", async () => {
    const vit = tinyBackbone();
    assert.match(await refusal(vit, { inputName: "image" }), /its inputName is pixel_values, where .* says image/);
    assert.match(await refusal(vit, { dimension: 384 }), /gives 16 numbers a patch, where .* says 384/);
    assert.match(await refusal(vit, { outputs: ["layer9"] }), /no output of numbers named layer9; choose among last_/);
    assert.match(await refusal(vit, { outputs: [{ name: "last_hidden_state", kind: "map" }] }), /leave these out/);
    assert.match(await refusal(vit, { size: { kind: "dynamic", multiple: 7 } }), /multiples of 14 px, where .* says 7/);
    const fixed = tinyBackbone({ fixed: 224 });
    assert.match(
      await refusal(fixed, { size: { kind: "dynamic", multiple: 14 } }),
      /not the size that the description/,
    );
    assert.throws(() => descriptionOverrides.parse({ patchsize: 14 }), /patchsize/);
  });

  it("are not to be had of what is no backbone", async () => {
    const graph = (inputs: Parameters<typeof writeOnnxModel>[0]["inputs"], op: string) =>
      writeOnnxModel({
        name: "other",
        inputs,
        outputs: [{ name: "out", type: inputs[0]!.type, dims: ["a", "b", "c", "d"].slice(0, inputs[0]!.dims.length) }],
        nodes: [{ op, inputs: inputs.map(({ name }) => name), outputs: ["out"] }],
      });
    const image = { name: "image", type: "float32", dims: ["n", 3, "h", "w"] } as const;
    assert.match(
      await refusal(graph([{ name: "input_ids", type: "int64", dims: ["n", "length"] }], "Identity")),
      /its input is input_ids int64 \[n, length\]; an image in float32 or float16/,
    );
    assert.match(await refusal(graph([image, { ...image, name: "other" }], "Add")), /2 inputs \(image, other\)/);
    assert.match(await refusal(graph([image], "Identity")), /none of its outputs .* it has out \[1, 3, 224, 224\]/);
    assert.match(await refusal(graph([image], "GlobalAveragePool")), /none of its outputs .* out \[1, 3, 1, 1\]/);
  });
});
