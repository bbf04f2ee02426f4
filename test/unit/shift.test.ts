import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { edgePicture, measureShift } from "../../lib/image/shift";
import { partPixels } from "../support/pictures";

const [WIDTH, HEIGHT] = [320, 240];

/** A picture moved by whole pixels; its border follows. */
function moved(dx: number, dy: number, seed: number) {
  const { data } = { data: partPixels({ width: WIDTH, height: HEIGHT, seed }) };
  const out = new Uint8Array(data.length);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const [fromX, fromY] = [Math.min(WIDTH - 1, Math.max(0, x - dx)), Math.min(HEIGHT - 1, Math.max(0, y - dy))];
      for (let channel = 0; channel < 3; channel++)
        out[(y * WIDTH + x) * 3 + channel] = data[(fromY * WIDTH + fromX) * 3 + channel]!;
    }
  }
  return edgePicture({ width: WIDTH, height: HEIGHT, data: out }, 160, 120);
}

describe("the shift of a frame", () => {
  for (const [dx, dy] of [
    [0, 0],
    [6, -4],
    [-14, 10],
    [2, 12],
  ] as const) {
    it(`is measured: ${dx}, ${dy} px`, () => {
      const { x, y } = measureShift(moved(dx, dy, 2), moved(0, 0, 1), 0.06);
      assert.ok(Math.abs(x * WIDTH - dx) <= 2 && Math.abs(y * HEIGHT - dy) <= 2, `${x * WIDTH}, ${y * HEIGHT}`);
    });
  }

  it("is none for a picture without edges", () => {
    const blank = edgePicture({ width: 100, height: 100, data: new Uint8Array(30_000).fill(90) }, 50, 50);
    assert.deepEqual(measureShift(blank, blank, 0.06), { x: 0, y: 0 });
  });
});
