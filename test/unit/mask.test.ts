import assert from "node:assert/strict";
import { after, describe, it } from "mocha";
import { foregroundMask, hasForeground, maskingTest } from "../../lib/mask/foreground";
import { coverage, intersect, isMaskedOut } from "../../lib/mask/grid-mask";
import { close, dilate } from "../../lib/mask/morphology";
import { createPrincipalComponent } from "../../lib/mask/principal-component";
import { readGridMask } from "../../lib/mask/read-grid-mask";
import { type Polygon, rasterise } from "../../lib/mask/regions-of-interest";
import { outlineOf } from "../../lib/mask/shapes";
import { seededRandom } from "../../lib/random";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";
import { scoreRegions } from "../../lib/score/region-scores";

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

  it("looks at all of an image whose patches are all alike, or whose tokens are no numbers", async () => {
    for (const component of [grid(() => 0), grid(() => 40), grid((row) => (row === 3 ? Number.NaN : row))]) {
      assert.equal(hasForeground(component, 10), false);
      assert.equal(coverage(foregroundMask(component, ROWS, COLS, 10)), 1);
      const { applied, reason } = maskingTest(component, ROWS, COLS, 10);
      assert.equal(applied, false);
      assert.match(reason, /fills 100 %/);
    }
    const component = createPrincipalComponent(loadOnnxRuntime());
    for (const token of [0, 7, 1e25, Number.NaN, Number.POSITIVE_INFINITY]) {
      const data = new Float32Array(ROWS * COLS * 4).fill(1);
      data.set([token, token], 40);
      const projected = await component.project({ rows: ROWS, cols: COLS, dimension: 4, data });
      assert.ok(projected.every(Number.isFinite), `tokens with ${token}`);
    }
    await component.release();
  });

  it("counts as empty where it keeps less than the score is made of, or a stray patch", () => {
    const keeping = (kept: number, length: number) =>
      isMaskedOut({ rows: 1, cols: length, data: new Uint8Array(length).fill(1, 0, kept) });
    assert.deepEqual(
      [keeping(0, 1000), keeping(9, 1000), keeping(10, 1000), keeping(3, 100), keeping(4, 100), keeping(2, 2)],
      [true, true, false, true, false, false],
    );
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

  it("are what lies inside by the even-odd rule, however an outline winds and crosses itself", () => {
    const random = seededRandom(5);
    const outline = (corners: number) =>
      Array.from({ length: corners }, (): [number, number] => [random(), Math.round(8 * random()) / 8]);
    const isInside = (polygon: Polygon, x: number, y: number) => {
      const crossed = polygon.filter(([x1, y1], i) => {
        const [x0, y0] = polygon.at(i - 1)!;
        return y1 > y !== y0 > y && x < ((x0 - x1) * (y - y1)) / (y0 - y1) + x1;
      });
      return crossed.length % 2 === 1;
    };
    const [rows, cols] = [12, 20];
    for (const corners of [3, 4, 7, 12, 30]) {
      const regions = { include: [outline(corners), outline(3)], exclude: [outline(corners)] };
      const expected = Array.from({ length: rows * cols }, (_, i) => {
        const [x, y] = [((i % cols) + 0.5) / cols, (Math.floor(i / cols) + 0.5) / rows];
        const isIn = (polygon: Polygon) => isInside(polygon, x, y);
        return regions.include.some(isIn) && !regions.exclude.some(isIn) ? 1 : 0;
      });
      assert.deepEqual([...rasterise(regions, rows, cols)!.data], expected);
    }
  });
});

describe("shapes of regions", () => {
  it("become polygons within the frame: a rectangle its corners, an ellipse of its own area", () => {
    const box = { x: 0.2, y: 0.1, width: 0.8, height: 0.5 };
    const rectangle = outlineOf({ kind: "rectangle", ...box });
    assert.deepEqual(rectangle, [
      [0.2, 0.1],
      [1, 0.1],
      [1, 0.6],
      [0.2, 0.6],
    ]);
    const ellipse = outlineOf({ kind: "ellipse", ...box });
    assert.ok(ellipse.flat().every((share) => share >= 0 && share <= 1));
    const [rows, cols] = [200, 200];
    const area = coverage(rasterise({ include: [ellipse], exclude: [] }, rows, cols)!);
    assert.ok(Math.abs(area - (Math.PI / 4) * box.width * box.height) < 0.005, String(area));
  });
});

describe("regions that are scored by themselves", () => {
  const square = (x: number): [number, number][] => [
    [x, 0],
    [x + 0.25, 0],
    [x + 0.25, 1],
    [x, 1],
  ];
  // 10 x 40 patches, of whose worst four the score is the mean.
  const [rows, cols] = [10, 40];
  const everything = { rows, cols, data: new Uint8Array(rows * cols).fill(1) };

  it("count their own worst patches, and what lies outside of them all is one more", () => {
    const distances = new Float32Array(rows * cols).fill(0.1);
    for (const row of [2, 3, 4, 5]) distances[row * cols + 1] = 0.9;
    distances[5 * cols + 35] = 0.5;
    const regions = [
      { name: "left", threshold: 0.4, outlines: [square(0)] },
      { name: "middle", outlines: [square(0.25), square(0.5)] },
    ];
    const scores = scoreRegions(distances, regions, { mask: everything, crop: undefined });
    const rounded = scores.map(({ score, ...rest }) => ({ ...rest, score: score && Number(score.toFixed(4)) }));
    assert.deepEqual(rounded, [
      { name: "left", threshold: 0.4, coverage: 0.25, score: 0.9 },
      { name: "middle", coverage: 0.5, score: 0.1 },
      { name: "", coverage: 0.25, score: 0.2 },
    ]);
  });

  it("have no score where the mask leaves nothing of them, and of few patches the mean of those", () => {
    const distances = new Float32Array(rows * cols).fill(0.6);
    const mask = { rows, cols, data: new Uint8Array(rows * cols) };
    mask.data.fill(1, 0, 2);
    const regions = [
      { name: "seen", outlines: [square(0)] },
      { name: "left out", outlines: [square(0.5)] },
    ];
    const [seen, leftOut, ...others] = scoreRegions(distances, regions, { mask, crop: undefined });
    assert.ok(Math.abs(seen!.score! - 0.6) < 1e-6);
    assert.deepEqual([leftOut, others], [{ name: "left out", coverage: 0 }, []]);
    const nothing = scoreRegions(distances, regions, { mask: undefined, crop: undefined });
    assert.deepEqual(
      nothing.map(({ score }) => score),
      [undefined, undefined],
    );
  });
});

describe("a mask that a message carries", () => {
  const TRIANGLE = [
    [0, 0],
    [1, 0],
    [1, 1],
  ];
  const whole = { rows: 2, cols: 3, dtype: "uint8", data: Buffer.from([0, 1, 1, 0, 0, 1]), coverage: 0.5 };

  it("is taken with and without its coverage, a rough one too", () => {
    for (const coverage of [0.5, 0.45, undefined])
      assert.deepEqual(readGridMask({ ...whole, coverage }, "It"), { rows: 2, cols: 3, data: whole.data });
  });

  for (const [what, change, message] of [
    [
      "regions of one name",
      { regionsOfInterest: [0, 1].map(() => ({ name: "lid", outlines: [TRIANGLE] })) },
      /regionsOfInterest/,
    ],
    ["a value of 255", { data: Buffer.from([0, 255, 255, 0, 0, 255]) }, /has the value 255 where only 0 and 1/],
    ["too few bytes", { data: Buffer.alloc(5) }, /has 5 bytes for 2 x 3 patches/],
    ["rows as text", { rows: "2" }, /no whole numbers above 0 as rows and cols/],
    ["no columns", { cols: 0 }, /no whole numbers above 0 as rows and cols/],
    ["half a row", { rows: 2.5 }, /no whole numbers above 0 as rows and cols/],
    ["a coverage of other data", { coverage: 1 }, /says coverage 1 and its data cover 0.5:/],
    ["a coverage that is no number", { coverage: "half" }, /says coverage half and its data cover 0.5:/],
    ["a list as data", { data: [0, 1, 1, 0, 0, 1] }, /no Buffer of bytes as data/],
    ["another type of number", { dtype: "float32" }, /no Buffer of bytes as data/],
  ] as const) {
    it(`is refused with ${what}, in one sentence`, () => {
      assert.throws(
        () => readGridMask({ ...whole, ...change }, "msg.mask"),
        (thrown: { code?: string; message: string }) => {
          assert.equal(thrown.code, "BAD_REQUEST");
          assert.match(thrown.message, message);
          return /^msg\.mask [^\n]+: send it as the anomaly-mask node makes it/.test(thrown.message);
        },
      );
    });
  }

  it("is refused where it is none", () => {
    for (const value of ["all", 7, true, []]) assert.throws(() => readGridMask(value, "It"), /It (is|has) no /);
  });
});
