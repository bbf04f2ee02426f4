import assert from "node:assert/strict";
import { after, describe, it } from "mocha";
import { MatrixProducts } from "../../lib/bank/search/matrix-products";
import { fitSubspace, subspaceDistances, tokenMoments } from "../../lib/bank/subspace/subspace";
import { symmetricEigen } from "../../lib/bank/subspace/symmetric-eigen";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";
import { smallBank } from "../support/small-bank";

const SIZE = 16;

describe("eigenvectors of symmetric matrices", () => {
  it("are at right angles and only stretched by the matrix, largest first", async () => {
    const random = generator(3);
    const half = Float64Array.from({ length: SIZE * SIZE }, random);
    const matrix = half.map((value, i) => value + half[(i % SIZE) * SIZE + Math.floor(i / SIZE)]!);
    const { values, vectors } = symmetricEigen(matrix, SIZE);
    for (let i = 0; i < SIZE; i++) {
      const own = row(vectors, i, SIZE);
      for (let j = 0; j < SIZE; j++) {
        near(dot(own, row(vectors, j, SIZE)), i === j ? 1 : 0);
        near(dot(row(matrix, j, SIZE), own), values[i]! * own[j]!);
      }
      if (i > 0) assert.ok(values[i]! <= values[i - 1]!);
    }
  });

  it("copes with matrices that are diagonal, of one row, of nothing", async () => {
    assert.deepEqual([...symmetricEigen(Float64Array.of(1, 0, 0, 0, 3, 0, 0, 0, 2), 3).values], [3, 2, 1]);
    assert.deepEqual([...symmetricEigen(Float64Array.of(5), 1).values], [5]);
    assert.deepEqual([...symmetricEigen(new Float64Array(16), 4).values], [0, 0, 0, 0]);
  });

  it("ends for numbers next to nothing, and refuses those that are none", async () => {
    const random = generator(5);
    for (const size of [1e-300, 1e-310, 1e-320]) {
      const half = Float64Array.from({ length: SIZE * SIZE }, () => size * random());
      const matrix = half.map((value, i) => value + half[(i % SIZE) * SIZE + Math.floor(i / SIZE)]!);
      const { values } = symmetricEigen(matrix, SIZE);
      assert.ok(values.every((value) => Math.abs(value) < 1e-298));
    }
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
      assert.throws(() => symmetricEigen(Float64Array.of(1, value, value, 1), 2), { code: "BAD_BANK" });
  });
});

describe("the subspace of good patches", () => {
  const products = new MatrixProducts(loadOnnxRuntime());
  after(() => products.release());

  /** Tokens that vary in the first three axes, around 5 in all. */
  function flat(rows: number, seed: number): Float32Array {
    const random = generator(seed);
    return Float32Array.from({ length: rows * SIZE }, (_, i) => 5 + (i % SIZE < 3 ? 2 * random() : 1e-3 * random()));
  }

  it("leaves of a token what lies outside, as a length", async () => {
    const { mean, components } = fitSubspace(await tokenMoments(products, flat(20_000, 1), SIZE));
    assert.equal(components.length, 3 * SIZE);
    const tokens = new Float32Array(2 * SIZE).fill(5);
    tokens[0] = 9;
    tokens[SIZE + 1] = 2;
    tokens[SIZE + 10] = 8;
    tokens[SIZE + 11] = 9;
    const [inside, outside] = await products.residuals(tokens, mean, components);
    assert.ok(inside! < 0.01, String(inside));
    assert.ok(Math.abs(outside! - 5) < 0.01, String(outside));
  });

  it("is fitted to references that do not vary, too", async () => {
    const size = 128;
    // Half of the features never answer: rounding is all that is left of the others.
    const constant = Float32Array.from({ length: size }, (_, i) => (i % 2 === 0 ? 0.3 * Math.sin(i) : 0));
    const count = 1000;
    const outer = Float64Array.from({ length: size ** 2 }, (_, i) => {
      return constant[Math.floor(i / size)]! * constant[i % size]! * count;
    });
    const { mean, components } = fitSubspace({
      count,
      sum: Float64Array.from(constant, (v) => v * count),
      outer,
    });
    const [same] = await products.residuals(constant, mean, components);
    assert.ok(same! < 1e-3, String(same));
  });

  it("is what direct computation gives", async () => {
    const random = generator(9);
    const tokens = Float32Array.from({ length: 500 * SIZE }, (_, i) => random() / (1 + (i % SIZE)));
    const { mean, components } = fitSubspace(await tokenMoments(products, tokens, SIZE));
    const lengths = await products.residuals(tokens, mean, components);
    const kept = components.length / SIZE;
    assert.ok(kept < SIZE);
    let [all, rest] = [0, 0];
    for (let i = 0; i < 500; i++) {
      const centred = row(tokens, i, SIZE).map((value, j) => value - mean[j]!);
      const left = centred.slice();
      for (let c = 0; c < kept; c++) {
        const component = row(components, c, SIZE);
        const along = dot(centred, component);
        for (let j = 0; j < SIZE; j++) left[j]! -= along * component[j]!;
      }
      near(lengths[i]!, Math.sqrt(dot(left, left)), 1e-5);
      all += dot(centred, centred);
      rest += dot(left, left);
    }
    assert.ok(rest / all <= 0.01, `${rest / all} of the variance is left`);
  });

  it("is laid through accepted patches, too: what they have outside it is free, and how far along it they lie", async () => {
    const subspace = fitSubspace(await tokenMoments(products, flat(20_000, 1), SIZE));
    const accepted = new Float32Array(SIZE).fill(5);
    accepted[0] = 6;
    accepted[10] = 8;
    const bank = { ...smallBank(1, SIZE), subspace, features: accepted, reference: Int32Array.of(1) };
    const tokens = new Float32Array(3 * SIZE).fill(5);
    // The accepted fault elsewhere along the subspace; one that is half as large; another one.
    tokens.set([9, 3], 0);
    tokens[10] = 8;
    tokens[SIZE + 10] = 6.5;
    tokens[2 * SIZE + 12] = 4;
    const distances = await subspaceDistances(bank, products);
    const lengths = await distances(tokens);
    for (const [i, expected] of [0, 1.5, 1].entries())
      assert.ok(Math.abs(lengths[i]! - expected) < 0.02, `${i}: ${lengths[i]}`);
  });
});

const row = <T extends Float32Array | Float64Array>(values: T, at: number, size: number) =>
  Array.from(values.subarray(at * size, (at + 1) * size));
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const near = (value: number, expected: number, within = 1e-9) =>
  assert.ok(Math.abs(value - expected) < within, `${value} is not ${expected}`);

/** Numbers in -1..1. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}
