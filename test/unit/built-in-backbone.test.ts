import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import type { Backbone, BackboneSpec } from "../../lib/backbone/backbone";
import { builtInBackbone } from "../../lib/backbone/built-in/built-in";
import { BUILT_IN, BUILT_INS } from "../../lib/backbone/built-in/names";
import { loadBackbone } from "../../lib/backbone/load";
import type { InputTensor } from "../../lib/backbone/preprocess";
import { seededRandom } from "../../lib/random";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";
import { loadPortableRuntime } from "../../lib/runtime/onnxruntime-web";

const SPEC: BackboneSpec = { model: BUILT_IN, resolution: 320, device: "cpu", threads: 1 };

/** Normalised pixels of a grainy picture. */
function picture(height: number, width: number, seed: number): InputTensor {
  const random = seededRandom(seed);
  return { height, width, data: Float32Array.from({ length: 3 * height * width }, () => 4 * random() - 2) };
}

describe("the learned backbone in the box", () => {
  let native: Backbone;
  before(async () => {
    native = await loadBackbone(loadOnnxRuntime(), SPEC);
  });
  after(() => native.release());

  it("is one file of at most 4 MB", () => {
    const file = join(__dirname, "..", "..", "lib", "backbone", "built-in", "lite.onnx");
    assert.ok(statSync(file).size <= 4_000_000);
  });

  it("names itself and its weights", async () => {
    assert.deepEqual([native.info.id, native.info.sha256], [BUILT_IN, (await builtInBackbone(BUILT_IN)).sha256]);
  });

  it("gives one finite token a patch for any size that is a multiple of its stride", async () => {
    const { patchSize, dimension } = native.info;
    for (const [rows, cols] of [
      [1, 1],
      [1, 5],
      [7, 3],
      [20, 27],
    ] as const) {
      const tokens = await native.features(picture(rows * patchSize, cols * patchSize, 1));
      assert.deepEqual([tokens.rows, tokens.cols, tokens.dimension], [rows, cols, dimension]);
      assert.equal(tokens.data.length, rows * cols * dimension);
      assert.ok(tokens.data.every(Number.isFinite));
    }
  });

  it("treats the images of a batch each on its own", async () => {
    const inputs = [1, 2, 3].map((seed) => picture(96, 128, seed));
    const together = await native.featuresOfBatch(inputs);
    for (const [i, input] of inputs.entries()) mustBeNear(together[i]!.data, (await native.features(input)).data, 1e-5);
  });

  it("computes the same on the portable runtime", async () => {
    const portable = await loadBackbone(loadPortableRuntime(1), SPEC);
    try {
      const input = picture(160, 224, 5);
      mustBeNear((await portable.features(input)).data, (await native.features(input)).data, 1e-3);
    } finally {
      await portable.release();
    }
  });

  it("is one of several, and another than the others", async () => {
    const hashes = await Promise.all(BUILT_INS.map(async (name) => (await builtInBackbone(name)).sha256));
    assert.equal(new Set(hashes).size, BUILT_INS.length);
  });
});

/** @param tolerance relative to the largest value */
function mustBeNear(actual: Float32Array, expected: Float32Array, tolerance: number): void {
  assert.equal(actual.length, expected.length);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const worst = actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
  assert.ok(worst <= tolerance * largest, `differs by ${worst} where values reach ${largest}`);
}
