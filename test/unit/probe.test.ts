import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import type { Backbone, BackboneInfo } from "../../lib/backbone/backbone";
import { loadBackbone } from "../../lib/backbone/load";
import { GoldenSampleError } from "../../lib/errors";
import { writeOnnxModel } from "../../lib/runtime/onnx-graph";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";
import { temporaryFolder } from "../support/temporary";
import { tinyBackbone } from "../support/tiny-backbone";

const leadingOf = ([output]: BackboneInfo["outputs"]) => (output.kind === "tokens" ? output.leadingTokens : undefined);

describe("backbones from ONNX files", () => {
  const runtime = loadOnnxRuntime();
  let folder: ReturnType<typeof temporaryFolder>;
  before(() => {
    folder = temporaryFolder();
  });
  after(() => folder.remove());

  function load(model: Buffer): Promise<Backbone> {
    const path = join(folder.path, "model.onnx");
    writeFileSync(path, model);
    return loadBackbone(runtime, { model: path, resolution: 56, device: "cpu", threads: 1 });
  }

  async function refusal(model: Buffer): Promise<string> {
    const thrown = await load(model).catch((error: unknown) => error);
    assert.ok(thrown instanceof GoldenSampleError && thrown.code === "BAD_BACKBONE", String(thrown));
    return thrown.message;
  }

  for (const patchSize of [8, 14, 16]) {
    for (const leadingTokens of [0, 1, 5]) {
      it(`finds patch ${patchSize} and ${leadingTokens} leading token(s) by probing, and drops them`, async () => {
        const { info, features, release } = await load(
          tinyBackbone({ patchSize, leadingTokens, outputName: "anything" }),
        );
        assert.deepEqual(
          [info.patchSize, leadingOf(info.outputs), info.dimension, info.outputs[0].name],
          [patchSize, leadingTokens, 16, "anything"],
        );
        const input = {
          height: 2 * patchSize,
          width: 3 * patchSize,
          data: new Float32Array(18 * patchSize ** 2).fill(1),
        };
        const tokens = await features(input);
        assert.deepEqual([tokens.rows, tokens.cols, tokens.data.length], [2, 3, 96]);
        // A constant image: all patch tokens are alike, which a class token among them would not be.
        assert.deepEqual(tokens.data.subarray(0, 16), tokens.data.subarray(80, 96));
        await release();
      });
    }
  }

  it("prefers the usual name among several fitting outputs, and refuses to guess among unknown ones", async () => {
    const { info, release } = await load(tinyBackbone({ secondOutput: "hidden_2" }));
    assert.deepEqual(
      info.outputs.map((output) => output.name),
      ["last_hidden_state"],
    );
    await release();
    const message = await refusal(tinyBackbone({ outputName: "a", secondOutput: "b" }));
    assert.match(message, /several outputs could be the patch tokens \(a, b\)/);
  });

  it("identifies a model by its bytes", async () => {
    const first = await load(tinyBackbone());
    const second = await load(tinyBackbone({ dimension: 17 }));
    assert.match(first.info.sha256, /^[0-9a-f]{64}$/);
    assert.notEqual(first.info.sha256, second.info.sha256);
    await first.release();
    await second.release();
  });

  it("refuses in one sentence what is no backbone", async () => {
    assert.match(await refusal(Buffer.from("no model")), /not an ONNX model/);
    assert.match(await refusal(tinyBackbone({ inputChannels: 1 })), /\[batch, 3, height, width\] is expected/);
    const pooled = writeOnnxModel({
      name: "classifier",
      inputs: [{ name: "pixel_values", type: "float32", dims: [1, 3, "h", "w"] }],
      outputs: [{ name: "logits", type: "float32", dims: [1, 3, 1, 1] }],
      nodes: [{ op: "GlobalAveragePool", inputs: ["pixel_values"], outputs: ["logits"] }],
    });
    assert.match(await refusal(pooled), /none of its outputs .* logits \[1, 3, 1, 1\]/);
    const missing = loadBackbone(runtime, { model: "/nowhere/x.onnx", resolution: 56, device: "cpu", threads: 1 });
    await assert.rejects(missing, /\/nowhere\/x\.onnx does not exist/);
  });
});
