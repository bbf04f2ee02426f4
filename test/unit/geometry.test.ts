import assert from "node:assert/strict";
import { after, describe, it } from "mocha";
import { preprocess } from "../../lib/backbone/preprocess";
import { GoldenSampleError } from "../../lib/errors";
import { createResizer, smallerEdgeSize, wholePatchesSize } from "../../lib/image/resize";
import type { RgbImage } from "../../lib/image/rgb-image";
import { mirror, rotate, rotationSource } from "../../lib/image/rotate";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";

const RULE = { patchSize: 14, mean: [0.5, 0.5, 0.5], standardDeviation: [0.25, 0.25, 0.25] } as const;
const grey = (width: number, height: number, value: (x: number, y: number) => number): RgbImage => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) =>
    value(Math.floor(i / 3) % width, Math.floor(i / 3 / width)),
  ),
});

describe("preparing an image for the backbone", () => {
  const resizer = createResizer(loadOnnxRuntime());
  after(() => resizer.release());

  it("brings the smaller edge to the resolution", () => {
    assert.deepEqual(smallerEdgeSize(550, 380, 448), { width: 648, height: 448 });
    assert.deepEqual(smallerEdgeSize(380, 550, 448), { width: 448, height: 648 });
  });

  it("brings each side to the nearest multiple of the patch, and the last row and column with it", async () => {
    const image = grey(179, 120, (x, y) => (x > 165 || y > 112 ? 255 : 0));
    const { width, height, data } = await preprocess(image, 112, RULE, resizer);
    // 167.1 x 112 px: twelve patches wide and not cut to eleven.
    assert.deepEqual([width, height], [168, 112]);
    assert.equal(data[167], 2);
    assert.equal(data[111 * 168], 2);
    assert.equal(data[0], -2);
    for (const [w, h, edge] of [
      [463, 420, 320],
      [100, 3000, 112],
      [17, 4000, 14],
      [640, 480, 447],
    ] as const) {
      const size = wholePatchesSize(w, h, edge, 14);
      const scale = edge / Math.min(w, h);
      for (const [side, own] of [
        [size.width, w * scale],
        [size.height, h * scale],
      ] as const) {
        assert.ok(side >= 14 && side % 14 === 0 && Math.abs(side - own) <= 7, `${own} px became ${side}`);
      }
    }
  });

  it("crops right and bottom to a multiple of the patch where the authors' fit is asked for, and normalises", async () => {
    const image = grey(60, 45, (x, y) => (x < 30 && y < 20 ? 255 : 0));
    const { width, height, data } = await preprocess(image, 45, { ...RULE, fit: "crop" }, resizer);
    assert.deepEqual([width, height, data.length], [56, 42, 3 * 56 * 42]);
    assert.equal(data[0], 2);
    assert.equal(data[41 * 56 + 55], -2);
  });

  it("enlarges small images and takes very wide ones", async () => {
    const small = await preprocess(
      grey(100, 100, () => 128),
      448,
      RULE,
      resizer,
    );
    assert.deepEqual([small.width, small.height], [448, 448]);
    assert.ok(small.data.every((value) => Math.abs(value - (128 / 255 - 0.5) / 0.25) < 1e-6));
    const wide = await preprocess(
      grey(2000, 100, (x) => x % 200),
      112,
      RULE,
      resizer,
    );
    assert.deepEqual([wide.width, wide.height], [2240, 112]);
  });

  it("refuses what would give too many patches, or none", async () => {
    const tooLong = preprocess(
      grey(20_000, 60, () => 0),
      448,
      RULE,
      resizer,
    );
    await assert.rejects(tooLong, (thrown) => thrown instanceof GoldenSampleError && thrown.code === "BAD_IMAGE");
    await assert.rejects(
      preprocess(
        grey(60, 60, () => 0),
        10,
        RULE,
        resizer,
      ),
      /less than one patch/,
    );
  });
});

describe("rotation", () => {
  it("by a quarter turn moves pixels exactly, counter-clockwise", async () => {
    const image = grey(40, 40, (x, y) => (x === 30 && y === 20 ? 255 : 0));
    const { data } = rotate(image, 90);
    // The centre is (20, 20): ten pixels to the right become ten pixels up.
    assert.equal(data[(10 * 40 + 20) * 3], 255);
    assert.equal(data.filter((value) => value > 0).length, 3);
  });

  it("mirrors at the border without repeating the edge", () => {
    const at = mirror(4);
    assert.deepEqual([-3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7].map(at), [3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1]);
    assert.equal(mirror(1)(5), 0);
  });

  it("knows where a rotated point came from", () => {
    const [x, y] = rotationSource(20, 10, 40, 40, 90);
    assert.ok(Math.abs(x - 30) < 1e-9 && Math.abs(y - 20) < 1e-9);
  });

  it("keeps a constant picture constant and its own size", async () => {
    const turned = rotate(
      grey(31, 17, () => 90),
      45,
    );
    assert.deepEqual([turned.width, turned.height], [31, 17]);
    assert.ok(turned.data.every((value) => value === 90));
  });
});
