import assert from "node:assert/strict";
import { after, describe, it } from "mocha";
import { patchPlaces } from "../../lib/bank/placement";
import { MatrixProducts } from "../../lib/bank/search/matrix-products";
import { windowedIndex } from "../../lib/bank/search/windowed";
import { seededRandom } from "../../lib/random";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";

const DIMENSION = 8;
const [ROWS, COLS] = [6, 9];

function noise(count: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => random() - 0.5);
}

function cosineDistance(a: Float32Array, b: Float32Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  return 1 - ab / Math.sqrt(aa * bb);
}

describe("search in the same place", () => {
  const products = new MatrixProducts(loadOnnxRuntime());
  after(() => products.release());

  const references = 3;
  const features = noise(references * ROWS * COLS * DIMENSION, 1);
  const places = patchPlaces(ROWS, COLS);
  const positions = new Float32Array(references * places.length);
  for (let i = 0; i < references; i++) positions.set(places, i * places.length);
  const queries = noise(ROWS * COLS * DIMENSION, 2);
  const row = (all: Float32Array, i: number) => all.subarray(i * DIMENSION, (i + 1) * DIMENSION);
  const cell = (i: number) => [Math.floor((i % (ROWS * COLS)) / COLS), i % COLS] as const;
  const expected = (window: number, k: number, skip?: readonly [number, number], metric = "cosine") =>
    Array.from({ length: ROWS * COLS }, (_, query) => {
      const [y, x] = cell(query);
      const found: number[] = [];
      for (let i = 0; i < references * ROWS * COLS; i++) {
        const [otherY, otherX] = cell(i);
        if (Math.abs(otherY - y) > window || Math.abs(otherX - x) > window) continue;
        if (skip && i >= skip[0] && i < skip[1]) continue;
        const [a, b] = [row(queries, query), row(features, i)];
        found.push(metric === "cosine" ? cosineDistance(a, b) : a.reduce((sum, v, j) => sum + (v - b[j]!) ** 2, 0));
      }
      const best = found.sort((a, b) => a - b).slice(0, k);
      const mean = best.reduce((sum, value) => sum + value, 0) / best.length;
      return metric === "cosine" ? mean : Math.sqrt(mean);
    });
  const window = (patches: number) => ({ x: (patches + 0.51) / COLS, y: (patches + 0.51) / ROWS });

  for (const metric of ["cosine", "l2"] as const) {
    for (const [patches, k] of [
      [0, 1],
      [1, 1],
      [1, 3],
      [2, 2],
      [20, 1],
    ] as const) {
      it(`finds what comparing with all patches within ${patches} finds, ${k} neighbours, ${metric}`, async () => {
        const index = windowedIndex(products, features, positions, DIMENSION, metric, k, window(patches));
        const { distances, nearest } = await index.search(queries, places);
        expected(patches, k, undefined, metric).forEach((value, i) => {
          assert.ok(Math.abs(value - distances[i]!) < 1e-5, `${i}: ${value} ${distances[i]}`);
          const [y, x] = cell(i);
          const [otherY, otherX] = cell(nearest[i]!);
          assert.ok(Math.abs(y - otherY) <= patches && Math.abs(x - otherX) <= patches);
        });
      });
    }
  }

  for (const metric of ["cosine", "l2"] as const) {
    it(`tells of each row of the bank how near a patch of the frame lies at least, ${metric}`, async () => {
      const index = windowedIndex(products, features, positions, DIMENSION, metric, 1, window(1));
      const { atMost } = await index.search(queries, places, { reverse: true });
      for (const [i, found] of atMost!.entries()) {
        const [y, x] = cell(i);
        let nearest = Number.POSITIVE_INFINITY;
        for (let query = 0; query < ROWS * COLS; query++) {
          const [otherY, otherX] = cell(query);
          if (Math.abs(otherY - y) > 1 || Math.abs(otherX - x) > 1) continue;
          const [a, b] = [row(queries, query), row(features, i)];
          const far = metric === "cosine" ? cosineDistance(a, b) : Math.hypot(...a.map((v, j) => v - b[j]!));
          nearest = Math.min(nearest, far);
        }
        assert.ok(Math.abs(nearest - found) < 1e-5, `${i}: ${nearest} ${found}`);
      }
      const alone = await index.search(queries.slice(0, DIMENSION), places.slice(0, 2), { reverse: true });
      assert.equal(alone.atMost![features.length / DIMENSION - 1], Number.POSITIVE_INFINITY);
      assert.equal((await index.search(queries, places)).atMost, undefined);
    });
  }

  it("leaves out a reference where that is wanted", async () => {
    const skip = [ROWS * COLS, 2 * ROWS * COLS] as const;
    const { distances, nearest } = await windowedIndex(
      products,
      features,
      positions,
      DIMENSION,
      "cosine",
      1,
      window(1),
    ).search(queries, places, { skip });
    expected(1, 1, skip).forEach((value, i) => {
      assert.ok(Math.abs(value - distances[i]!) < 1e-5);
    });
    assert.ok(nearest.every((found) => found < skip[0] || found >= skip[1]));
  });

  it("looks further where the bank has nothing in a place, and says so where it has nothing at all", async () => {
    const only = windowedIndex(
      products,
      features.slice(0, DIMENSION),
      positions.slice(0, 2),
      DIMENSION,
      "cosine",
      1,
      window(1),
    );
    const { distances, nearest } = await only.search(queries, places);
    assert.ok(nearest.every((found) => found === 0));
    assert.ok(Math.abs(distances[50]! - cosineDistance(row(queries, 50), row(features, 0))) < 1e-5);
    const nothing = await only.search(queries, places, { skip: [0, 1] });
    assert.ok(nothing.distances.every(Number.isNaN) && nothing.nearest.every((found) => found === -1));
  });
});
