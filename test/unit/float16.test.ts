import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { fromHalf, toHalf } from "../../lib/runtime/float16";

describe("half precision", () => {
  it("survives the way there and back, every one of its numbers", () => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((half) => (half & 0x7fff) <= 0x7c00);
    assert.deepEqual(toHalf(fromHalf(all)), all);
    assert.ok(
      fromHalf(Uint16Array.of(0x7e00)).every(Number.isNaN) && toHalf(Float32Array.of(Number.NaN))[0] === 0x7e00,
    );
  });

  it("rounds to nearest, ties to even", () => {
    const table: [number, number][] = [
      [1 + 2 ** -11, 0x3c00],
      [1 + 3 * 2 ** -11, 0x3c02],
      [1 + 2 ** -11 + 2 ** -20, 0x3c01],
      [65519, 0x7bff],
      [65520, 0x7c00],
      [-1e9, 0xfc00],
      [2 ** -25, 0],
      [1.5 * 2 ** -24, 2],
      [2 ** -25 + 2 ** -40, 1],
      [-0, 0x8000],
      [2 ** -14 - 2 ** -26, 0x0400],
    ];
    assert.deepEqual(
      [...toHalf(Float32Array.from(table, ([value]) => value))],
      table.map(([, half]) => half),
    );
  });
});
