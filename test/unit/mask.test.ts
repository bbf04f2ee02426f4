import assert from "node:assert/strict";
import { after, describe, it } from "mocha";
import { foregroundMask, maskingTest } from "../../lib/mask/foreground";
import { coverage, intersect } from "../../lib/mask/grid-mask";
import { close, dilate } from "../../lib/mask/morphology";
import { createPrincipalComponent } from "../../lib/mask/principal-component";
import { rasterise } from "../../lib/mask/regions-of-interest";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";

const [ROWS, COLS] = [12, 16];
const grid = (value: (row: number, col: number) => number) =>
  Float32Array.from({ length: ROWS * COLS }, (_, i) => value(Math.floor(i / COLS), i % COLS));
const centred = (row: number, col: number) => row >= 3 && row < 9 && col >= 4 && col < 12;

describe("foreground mask", () => {
  it("keeps the part in the centre, whichever sign the component has", () => {
    for (const sign of [1, -1]) {
      const component = grid((row, col) => sign * (centred(row, col) ? 30 : -15));
      const { data } = foregroundMask(component, ROWS, COLS, 10);
      assert.equal(data[6 * COLS + 8], 1);
      assert.equal(data[0], 0);
      assert.equal(data[ROWS * COLS - 1], 0);
    }
  });

  it("finds in favour of masking for a part on a background and says why", () => {
    const { applied, reason } = maskingTest(
      grid((row, col) => (centred(row, col) ? 30 : -15)),
      ROWS,
      COLS,
      10,
    );
    assert.equal(applied, true);
    assert.match(reason, /masking on: .* keeps \d+ %/);
  });

  it("finds against masking for a texture, a full frame and a part cut off by it", () => {
    const texture = maskingTest(
      grid((row, col) => (row + col) % 3),
      ROWS,
      COLS,
      10,
    );
    assert.equal(texture.applied, false);
    assert.match(texture.reason, /keeps only 0 % of its centre/);
    assert.equal(
      maskingTest(
        grid(() => 40),
        ROWS,
        COLS,
        10,
      ).applied,
      false,
    );
    assert.match(
      maskingTest(
        grid(() => 40),
        ROWS,
        COLS,
        10,
      ).reason,
      /fills 100 %/,
    );
    const cutOff = maskingTest(
      grid((_, col) => (col < 10 ? 30 : -30)),
      ROWS,
      COLS,
      10,
    );
    assert.equal(cutOff.applied, false);
    assert.match(cutOff.reason, /border counts as part/);
  });

  it("grows and closes in reading order, as the authors' code does", () => {
    assert.deepEqual([...dilate(Uint8Array.of(0, 0, 1, 0, 0))], [0, 1, 1, 1, 0]);
    assert.deepEqual([...close(Uint8Array.of(1, 0, 0, 1, 0, 0, 0, 1))], [1, 1, 1, 1, 0, 0, 0, 1]);
  });
});

describe("first principal component", () => {
  const component = createPrincipalComponent(loadOnnxRuntime());
  after(() => component.release());

  it("finds the direction of largest variance, in the tokens' unit", async () => {
    const [rows, cols, dimension] = [10, 10, 6];
    const axis = [0.6, 0, -0.8, 0, 0, 0];
    const along = Array.from({ length: rows * cols }, (_, i) => 20 * Math.sin(i));
    const mean = along.reduce((sum, value) => sum + value, 0) / along.length;
    const data = Float32Array.from({ length: rows * cols * dimension }, (_, i) => {
      const [row, col] = [Math.floor(i / dimension), i % dimension];
      return 3 + along[row]! * axis[col]! + 0.01 * Math.cos(i * 1.7);
    });
    const found = await component.project({ rows, cols, dimension, data });
    // The largest entry of the axis is negative, so the component is turned round.
    for (const [i, value] of found.entries()) assert.ok(Math.abs(value + (along[i]! - mean)) < 0.05, `${i}: ${value}`);
  });

  it("gives zeros for tokens that are all alike", async () => {
    const found = await component.project({ rows: 3, cols: 3, dimension: 4, data: new Float32Array(36).fill(2) });
    assert.ok(found.every((value) => Math.abs(value) < 1e-5));
  });
});

describe("regions of interest", () => {
  const half = [
    [0, 0],
    [0.5, 0],
    [0.5, 1],
    [0, 1],
  ] as const;

  it("includes and excludes by the patches' centres", () => {
    const left = rasterise({ include: [half], exclude: [] }, 2, 4)!;
    assert.deepEqual([...left.data], [1, 1, 0, 0, 1, 1, 0, 0]);
    const right = rasterise({ include: [], exclude: [half] }, 2, 4)!;
    assert.deepEqual([...right.data], [0, 0, 1, 1, 0, 0, 1, 1]);
    assert.equal(coverage(right), 0.5);
    assert.deepEqual([...intersect(left, right)!.data], Array(8).fill(0));
    assert.equal(rasterise({ include: [], exclude: [] }, 2, 4), undefined);
  });
});
