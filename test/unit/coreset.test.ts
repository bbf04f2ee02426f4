import assert from "node:assert/strict";
import { after, describe, it } from "mocha";
import { greedyCoreset } from "../../lib/bank/coreset";
import { MatrixProducts } from "../../lib/bank/search/matrix-products";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";

const DIMENSION = 8;

describe("the coreset", () => {
  const products = new MatrixProducts(loadOnnxRuntime());
  after(() => products.release());
  const features = noise(3000);
  const wait = () => undefined;

  it("chooses what one choice after the other gives", async () => {
    const chosen = await greedyCoreset(products, features, DIMENSION, 0.05, wait);
    assert.deepEqual([...chosen], oneByOne(features, 150));
  });

  it("tells how far it is, and ends when it is told to", async () => {
    const seen: number[] = [];
    await greedyCoreset(products, features, DIMENSION, 0.2, (count, wanted) => {
      assert.equal(wanted, 600);
      seen.push(count);
    });
    assert.ok(seen.length > 1);
    assert.deepEqual(
      seen,
      [...seen].sort((a, b) => a - b),
    );
    const stopped = greedyCoreset(products, features, DIMENSION, 0.2, (count) => {
      if (count > 100) throw new Error("stop");
    });
    await assert.rejects(stopped, /stop/);
  });

  it("keeps at least one row, all where all are wanted, and copes with copies", async () => {
    assert.deepEqual([...(await greedyCoreset(products, features, DIMENSION, 1e-9, wait))], [0]);
    assert.equal((await greedyCoreset(products, features, DIMENSION, 1, wait)).length, 3000);
    const copies = new Float32Array(50 * DIMENSION).fill(1);
    assert.equal(new Set(await greedyCoreset(products, copies, DIMENSION, 0.5, wait)).size, 25);
  });
});

function oneByOne(features: Float32Array, count: number): number[] {
  const rows = features.length / DIMENSION;
  const nearest = new Float64Array(rows).fill(Infinity);
  const chosen = [0];
  while (chosen.length < count) {
    const last = chosen.at(-1)! * DIMENSION;
    let farthest = 0;
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let i = 0; i < DIMENSION; i++) sum += (features[row * DIMENSION + i]! - features[last + i]!) ** 2;
      nearest[row] = Math.min(nearest[row]!, sum);
      if (nearest[row]! > nearest[farthest]!) farthest = row;
    }
    chosen.push(farthest);
  }
  return chosen.sort((a, b) => a - b);
}

function noise(rows: number): Float32Array {
  let state = 11;
  return Float32Array.from({ length: rows * DIMENSION }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
