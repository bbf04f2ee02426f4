import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import type { Backbone } from "../../lib/backbone/backbone";
import { loadBackbone } from "../../lib/backbone/load";
import type { PatchTokens } from "../../lib/backbone/patch-tokens";
import type { InputTensor } from "../../lib/backbone/preprocess";
import { DeviceQueues } from "../../lib/engine/frames/device-queues";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";
import { RunLimit } from "../../lib/runtime/threads/run-limit";
import { threadedRuntime } from "../../lib/runtime/threads/threaded-runtime";
import { temporaryFolder } from "../support/temporary";
import { tinyBackbone, tinyCnn } from "../support/tiny-backbone";

const picture = (seed: number, width = 96): InputTensor => ({
  height: 64,
  width,
  data: Float32Array.from({ length: 3 * 64 * width }, (_, i) => Math.sin(seed * 99.7 + i * 12.9898)),
});

function assertSame(found: PatchTokens, expected: PatchTokens): void {
  assert.deepEqual([found.rows, found.cols, found.dimension], [expected.rows, expected.cols, expected.dimension]);
  const largest = expected.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const worst = expected.data.reduce((most, value, i) => Math.max(most, Math.abs(value - found.data[i]!)), 0);
  assert.ok(worst <= 1e-4 * largest, `tokens differ by ${worst} of ${largest}`);
}

describe("batches of frames", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  const runtime = loadOnnxRuntime();
  before(() => {
    folder = temporaryFolder();
  });
  after(() => folder.remove());

  /** The backbone, and how many images each of its runs had. */
  async function counted(model: string): Promise<{ backbone: Backbone; runs: number[] }> {
    const backbone = await loadBackbone(runtime, { model, resolution: 64, device: "cpu", threads: 1 });
    const runs: number[] = [];
    const featuresOfBatch: Backbone["featuresOfBatch"] = (inputs) => {
      runs.push(inputs.length);
      return backbone.featuresOfBatch(inputs);
    };
    return { backbone: { ...backbone, featuresOfBatch }, runs };
  }
  const file = (name: string, bytes: Buffer) => {
    const path = join(folder.path, name);
    writeFileSync(path, bytes);
    return path;
  };
  async function together(backbone: Backbone, inputs: readonly InputTensor[]): Promise<PatchTokens[]> {
    const queues = new DeviceQueues(3);
    const found = await Promise.all(inputs.map((input) => queues.features(backbone, input, "frame")));
    return found;
  }

  for (const [what, model] of [
    ["texture", () => "texture"],
    [
      "a feature map",
      () => file("cnn.onnx", tinyCnn({ layers: [{ name: "layer2", stride: 8, channels: 12 }], bias: 1 })),
    ],
  ] as const) {
    it(`of ${what} give the tokens of single runs`, async () => {
      const { backbone, runs } = await counted(model());
      const inputs = [1, 2, 3, 4, 5].map((seed) => picture(seed));
      const found = await together(backbone, inputs);
      for (const [i, input] of inputs.entries()) assertSame(found[i]!, await backbone.features(input));
      // The first finds nobody waiting, and the fifth nobody else.
      assert.deepEqual(runs, [3]);
      await backbone.release();
    });
  }

  it("hold pictures of one size only", async () => {
    const { backbone, runs } = await counted("texture");
    const inputs = [picture(1), picture(2), picture(3, 128), picture(4)];
    const found = await together(backbone, inputs);
    for (const [i, input] of inputs.entries()) assertSame(found[i]!, await backbone.features(input));
    assert.deepEqual(runs, [2]);
    await backbone.release();
  });

  it("are given up where the model cannot do what it declares", async () => {
    const model = file("vit.onnx", tinyBackbone({ patchSize: 16, batch: "batch" }));
    const { backbone, runs } = await counted(model);
    assert.equal(backbone.info.batch, "dynamic");
    const queues = new DeviceQueues(3);
    for (let round = 0; round < 2; round++) {
      const inputs = [1, 2, 3].map((seed) => picture(seed));
      const found = await Promise.all(inputs.map((input) => queues.features(backbone, input, "frame")));
      for (const [i, input] of inputs.entries()) assertSame(found[i]!, await backbone.features(input));
    }
    assert.deepEqual(runs, [2]);
    await backbone.release();
  });

  it("are given up where the model mixes up the images", async () => {
    const { backbone, runs } = await counted("texture");
    const mixing = async (inputs: readonly InputTensor[]) => (await backbone.featuresOfBatch(inputs)).reverse();
    const inputs = [1, 2, 3].map((seed) => picture(seed));
    const found = await together({ ...backbone, featuresOfBatch: mixing }, inputs);
    for (const [i, input] of inputs.entries()) assertSame(found[i]!, await backbone.features(input));
    assert.deepEqual(runs, [2]);
    await backbone.release();
  });
});

describe("a session in a thread of its own", () => {
  const stuck: string[] = [];
  const runtime = threadedRuntime(loadOnnxRuntime(), (why) => stuck.push(why));

  it("gives the same, leaves its input alone, and ends with the model", async () => {
    const spec = { model: "texture", resolution: 64, device: "cpu", threads: 1 } as const;
    const [here, there] = [await loadBackbone(loadOnnxRuntime(), spec), await loadBackbone(runtime, spec)];
    const input = picture(3);
    const tokens = await Promise.all([there.features(input), there.features(input)]);
    for (const found of tokens) assert.deepEqual(found, await here.features(input));
    await Promise.all([here.release(), there.release(), there.release()]);
    await assert.rejects(there.features(input), { code: "ENGINE_CLOSED" });
    assert.deepEqual(stuck, []);
  });

  it("says what is wrong with a model, and can be asked again", async () => {
    await assert.rejects(runtime.createSession(Buffer.from("no model")), /./);
    await assert.rejects(runtime.createSession("texture", { device: "directml" }), { code: "DEVICE_UNAVAILABLE" });
  });

  it("is noticed when a run does not come back, measured by those before it", async () => {
    const told: string[] = [];
    const limit = new RunLimit((why) => told.push(why), { first: 60_000, least: 30, factor: 2 });
    limit.begin(10)();
    limit.begin(10)();
    const slow = limit.begin(20);
    const hung = limit.begin(10);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(told.length, 1);
    assert.match(told[0]!, /not come back/);
    slow();
    hung();
  });
});
