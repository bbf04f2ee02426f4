import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { BackboneDescription } from "../../lib/backbone/description";
import { featureReader } from "../../lib/backbone/features";
import type { Session } from "../../lib/runtime/types";

describe("what a model gives", () => {
  const input = { data: new Float32Array(3 * 32 * 48), height: 32, width: 48 };
  const description = (layout: "NCHW" | "NHWC"): BackboneDescription => ({
    ...{ inputName: "pixels", inputType: "float32" as const, layout: "NCHW" as const, batch: "dynamic" as const },
    size: { kind: "dynamic" as const, multiple: 16 },
    ...{ mean: [0, 0, 0] as [number, number, number], standardDeviation: [1, 1, 1] as [number, number, number] },
    ...{ patchSize: 16, dimension: 4 },
    outputs: [{ kind: "map" as const, name: "features", layout, patchSize: 16, dimension: 4 }],
  });
  const session = (dims: readonly number[]): Session => ({
    ...{ inputs: [], outputs: [], device: "cpu" as const, release: async () => undefined },
    run: async () => ({
      features: { type: "float32", dims: [...dims], data: new Float32Array(dims.reduce((a, b) => a * b, 1)) },
    }),
  });
  const read = (dims: readonly number[], layout: "NCHW" | "NHWC" = "NCHW") =>
    featureReader(session(dims), description(layout), "model.onnx")([input]);

  it("is taken as a map of the channels that it was loaded with, in either layout", async () => {
    const [tokens] = await read([1, 4, 2, 3]);
    assert.deepEqual([tokens!.rows, tokens!.cols, tokens!.data.length], [2, 3, 24]);
    const [others] = await read([1, 2, 3, 4], "NHWC");
    assert.deepEqual([others!.rows, others!.cols], [2, 3]);
  });

  it("is refused where the map has another number of channels, dimensions or no cells", async () => {
    for (const dims of [[1, 5, 2, 3], [1, 2, 4, 3], [1, 4, 6], [1, 4, 0, 3], [4]])
      await assert.rejects(read(dims), { code: "BAD_BACKBONE", message: /where one of 4 channels was expected/ });
  });
});
