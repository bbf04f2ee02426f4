import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { mostCounted, worstCount } from "../../lib/bank/worst";
import { anomalyMap } from "../../lib/score/anomaly-map";
import { float32Buffer, gridNumbers } from "../../lib/score/grid-buffer";
import { imageScore } from "../../lib/score/image-score";
import { suspiciousLevel } from "../../lib/score/level";
import { drawMask, drawOverlay } from "../../lib/score/overlay";
import { findRegions } from "../../lib/score/regions";

describe("image score", () => {
  it("is the mean of the worst floor(1 %) of patches", () => {
    const distances = Float32Array.from({ length: 250 }, (_, i) => i);
    assert.equal(imageScore(distances), (249 + 248) / 2);
  });

  it("is the largest where 1 % is under one patch, and 0 for nothing", () => {
    assert.equal(imageScore(Float32Array.of(0.25, 0.75, 0.5)), 0.75);
    assert.equal(imageScore(new Float32Array(0)), 0);
  });

  it("counts of a large grid as many patches as the bank says, of an older bank 1 % of them all", () => {
    const distances = Float32Array.from({ length: 10_000 }, (_, i) => (i < 4 ? 1 : 0));
    assert.ok(Math.abs(imageScore(distances) - 0.04) < 1e-9);
    assert.equal(imageScore(distances, { counted: 400 }), 1);
    assert.equal(imageScore(distances.subarray(0, 300), { counted: 400 }), 1);
  });

  it("is that of the authors for the largest grid that they publish figures for", () => {
    assert.equal(worstCount(48 * 48, mostCounted(undefined)), Math.floor(0.01 * 48 * 48));
    assert.ok(worstCount(125 * 125, mostCounted(undefined)) < worstCount(125 * 125));
  });

  it("is that of the few patches which a defect touches, where small ones are looked for", () => {
    assert.equal(worstCount(125 * 125, mostCounted(8)), 4);
  });

  it("sorts numbers, not text", () => {
    assert.equal(imageScore(Float32Array.of(9, 10, 2)), 10);
  });
});

describe("anomaly map", () => {
  it("keeps a constant and puts a peak where its patch is", () => {
    const flat = anomalyMap(new Float32Array(12).fill(0.5), 3, 4, 60, 80);
    assert.ok(flat.every((value) => Math.abs(value - 0.5) < 1e-5));
    const grid = new Float32Array(12);
    grid[1 * 4 + 2] = 1;
    const map = anomalyMap(grid, 3, 4, 60, 80);
    const peak = map.indexOf(Math.max(...map));
    assert.deepEqual([Math.round(Math.floor(peak / 80) / 20 - 0.5), Math.round((peak % 80) / 20 - 0.5)], [1, 2]);
  });

  it("leaves out nothing above the floor, and nearly everything else", () => {
    const grid = Float32Array.from({ length: 48 }, (_, i) => Math.abs(Math.sin(i * 7.3)) ** 3);
    const whole = anomalyMap(grid, 6, 8, 90, 120, 2);
    const floor = 0.6;
    const sparse = anomalyMap(grid, 6, 8, 90, 120, 2, floor);
    assert.ok(whole.every((value, i) => sparse[i] === value || (sparse[i] === 0 && value <= floor)));
    const worked = (map: Float32Array) => map.filter((value) => value !== 0).length;
    assert.ok(worked(sparse) < 0.7 * worked(whole), `${worked(sparse)} of ${worked(whole)} pixels`);
    assert.ok(anomalyMap(grid, 6, 8, 90, 120, 2, 1).every((value) => value === 0));
  });
});

describe("regions", () => {
  it("joins neighbours in eight directions and sorts by the worst patch", () => {
    const grid = Float32Array.of(0, 5, 0, 0, 0, 6, 0, 0, 0, 0, 0, 9);
    const regions = findRegions(grid, 3, 4, 1);
    assert.deepEqual(
      regions.map(({ worst, patches }) => [worst, patches]),
      [
        [11, 1],
        [5, 2],
      ],
    );
    assert.deepEqual(findRegions(grid, 3, 4, 10), []);
  });

  it("takes its level from calibration, or from the image where there is none", () => {
    assert.equal(suspiciousLevel({ calibration: [0.2, 0.4, 0.3] }, Float32Array.of(9)), 0.4);
    const level = suspiciousLevel({ calibration: [] }, Float32Array.of(0, 1, 1, 1, 1));
    assert.equal(level, 1);
  });
});

describe("grids in messages", () => {
  it("come back as numbers", () => {
    const data = float32Buffer(Float32Array.of(0.5, 1, 1.5, 2, 2.5, 3));
    assert.deepEqual(gridNumbers({ rows: 2, cols: 3, dtype: "float32", data }), [
      [0.5, 1, 1.5],
      [2, 2.5, 3],
    ]);
    assert.deepEqual(gridNumbers({ rows: 1, cols: 2, dtype: "uint8", data: Buffer.of(1, 0) }), [[1, 0]]);
  });
});

describe("the overlay", () => {
  it("is never drawn on the frame itself, which another node may be looking at", async () => {
    const image = { width: 40, height: 30, data: Buffer.alloc(3600, 100) };
    const distances = new Float32Array(12).fill(1);
    const regions = findRegions(distances, 3, 4, 0.2);
    await drawOverlay(image, { distances, rows: 3, cols: 4, level: 0.2, regions });
    await drawMask(image, { rows: 3, cols: 4, data: new Uint8Array(12) });
    assert.ok(image.data.every((value) => value === 100));
  });
});
