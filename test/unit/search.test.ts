import assert from "node:assert/strict";
import { after, describe, it } from "mocha";
import { chooseMethod, createIndexer, type Metric } from "../../lib/bank/search";
import { normaliseRows } from "../../lib/bank/search/vectors";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";
import { loadPortableRuntime } from "../../lib/runtime/onnxruntime-web";

const DIMENSION = 12;

describe("nearest-neighbour search", () => {
  const indexer = createIndexer(loadOnnxRuntime());
  after(() => indexer.release());
  // More rows than two chunks hold, so that merging over chunks is tried.
  const bank = noise(9000, 1);
  const queries = noise(37, 2);

  for (const metric of ["cosine", "l2"] as const) {
    for (const neighbours of [1, 3]) {
      it(`finds what brute force finds: ${metric}, ${neighbours} neighbour(s)`, async () => {
        const { distances, nearest } = await (await indexer.index(bank, DIMENSION, metric, neighbours)).search(queries);
        for (let query = 0; query < 37; query++) {
          const expected = bruteForce(bank, row(queries, query), metric, neighbours);
          assert.ok(Math.abs(distances[query]! - expected.distance) < 1e-5, `${distances[query]} ${expected.distance}`);
          assert.equal(nearest[query], expected.nearest);
        }
      });
    }
  }

  it("makes no more similarities at a time than stay in a processor's cache, and finds the same across them", async () => {
    const products: number[] = [];
    const native = loadOnnxRuntime();
    const watched = createIndexer({
      ...native,
      async createSession(model, options) {
        const session = await native.createSession(model, options);
        return {
          ...session,
          run: (feeds, fetches) => {
            products.push(feeds.queries!.dims[0]! * feeds.rows!.dims[0]!);
            return session.run(feeds, fetches);
          },
        };
      },
    });
    const [count, rows] = [1500, noise(3000, 3)];
    const many = noise(count, 4);
    const { distances, nearest } = await (await watched.index(rows, DIMENSION, "cosine", 1)).search(many);
    assert.ok(Math.max(...products) <= 1_600_000, `${products}`);
    for (let query = 0; query < count; query += 97) {
      const expected = bruteForce(rows, row(many, query), "cosine", 1);
      assert.ok(Math.abs(distances[query]! - expected.distance) < 1e-5);
      assert.equal(nearest[query], expected.nearest);
    }
    await watched.release();
  });

  for (const metric of ["cosine", "l2"] as const) {
    it(`tells of every row the nearest query from the same product, across blocks: ${metric}`, async () => {
      for (const runtime of [loadOnnxRuntime(), loadPortableRuntime()]) {
        const both = createIndexer(runtime);
        const index = await both.index(bank, DIMENSION, metric, 3);
        const skip = [100, 120] as const;
        const plain = await index.search(queries, { skip });
        const { distances, nearest, rowDistances } = await index.search(queries, { skip, reverse: true });
        assert.equal(plain.rowDistances, undefined);
        assert.deepEqual([distances, nearest], [plain.distances, plain.nearest]);
        assert.equal(rowDistances!.length, 9000);
        for (let at = 0; at < 9000; at += 61) {
          const { distance } = bruteForce(queries, row(bank, at), metric, 1);
          assert.ok(Math.abs(rowDistances![at]! - distance) < 1e-5, `${at}: ${rowDistances![at]} ${distance}`);
        }
        assert.ok(rowDistances!.every((found, at) => (found === Infinity) === (at >= 100 && at < 120)));
        await both.release();
      }
    });
  }

  it("takes queries of length one as they are", async () => {
    for (const setting of ["exact", "clustered"] as const) {
      const index = await indexer.index(bank, DIMENSION, "cosine", 1, setting);
      const unit = await index.search(normaliseRows(queries, DIMENSION), { isUnit: true });
      assert.deepEqual(unit, await index.search(queries));
    }
  });

  it("leaves out the rows it is told to skip", async () => {
    const index = await indexer.index(bank, DIMENSION, "cosine", 1);
    const own = bank.slice(5000 * DIMENSION, 5003 * DIMENSION);
    assert.deepEqual([...(await index.search(own)).nearest], [5000, 5001, 5002]);
    const { nearest, distances } = await index.search(own, { skip: [4990, 5010] });
    assert.ok(nearest.every((found) => found < 4990 || found >= 5010));
    assert.ok(distances.every((distance) => distance > 1e-3));
  });

  it("copes with fewer rows than neighbours and with zero vectors", async () => {
    const two = await indexer.index(Float32Array.of(1, 0, 0, 1), 2, "cosine", 5);
    const { distances } = await two.search(Float32Array.of(1, 0, 0, 0));
    assert.ok(Math.abs(distances[0]! - 0.5) < 1e-6);
    assert.equal(distances[1], 1);
  });

  for (const setting of ["exact", "clustered"] as const) {
    it(`has a vector of zeros at 0 from another one and at 1 from all else (${setting})`, async () => {
      const parts = groups(600, 3);
      parts.fill(0, 7 * DIMENSION, 9 * DIMENSION);
      const frame = Float32Array.from([...parts.subarray(6 * DIMENSION, 8 * DIMENSION)]);
      const index = await indexer.index(parts, DIMENSION, "cosine", 1, setting);
      const { distances, nearest } = await index.search(frame);
      assert.deepEqual([distances[1], nearest[1]], [0, 7]);
      assert.ok(distances[0]! < 1e-3);
      const rest = await index.search(frame, { skip: [7, 9] });
      assert.equal(rest.distances[1], 1);
      const three = await (await indexer.index(parts, DIMENSION, "cosine", 3, setting)).search(frame);
      assert.ok(Math.abs(three.distances[1]! - 1 / 3) < 1e-6);
    });
  }

  for (const metric of ["cosine", "l2"] as const) {
    for (const neighbours of [1, 3]) {
      it(`by clusters finds no distance too small, and the worst ones: ${metric}, ${neighbours} neighbour(s)`, async () => {
        const parts = groups(12_000, 3);
        const frame = groups(400, 4);
        // Four patches unlike anything: the worst 1 %.
        frame.set(noise(4, 5), 100 * DIMENSION);
        const exact = await (await indexer.index(parts, DIMENSION, metric, neighbours)).search(frame);
        const index = await indexer.index(parts, DIMENSION, metric, neighbours, "clustered");
        const fast = await index.search(frame, { worst: 4 });
        assert.equal(index.method, "clustered");
        for (const [i, distance] of exact.distances.entries())
          assert.ok(fast.distances[i]! > distance - 1e-3, `${i}: ${fast.distances[i]} ${distance}`);
        const worst = (distances: Float32Array) => [...distances].sort((a, b) => b - a).slice(0, 4);
        for (const [i, distance] of worst(exact.distances).entries())
          assert.ok(
            Math.abs(worst(fast.distances)[i]! / distance - 1) < 0.01,
            `${worst(fast.distances)[i]} ${distance}`,
          );
      });
    }
  }

  it("by clusters leaves out the rows it is told to skip, whole clusters of them too", async () => {
    const parts = groups(6000, 6);
    const index = await indexer.index(parts, DIMENSION, "cosine", 2, "clustered");
    const own = parts.slice(0, 60 * DIMENSION);
    const skip = [0, 5990] as const;
    const { nearest, distances } = await index.search(own, { skip });
    assert.ok(nearest.every((row) => row >= 5990));
    const exact = await (await indexer.index(parts, DIMENSION, "cosine", 2, "exact")).search(own, { skip });
    for (const [i, distance] of exact.distances.entries()) assert.ok(distances[i]! > distance - 1e-3);
  });

  it("by clusters copes with tiny banks and with numbers beyond half precision", async () => {
    const three = await indexer.index(Float32Array.of(1e6, 0, 0, 1e6, -1e6, 0), 2, "l2", 5, "clustered");
    const { distances, nearest } = await three.search(Float32Array.of(1e6, 0));
    assert.equal(nearest[0], 0);
    assert.ok(Math.abs(distances[0]! / 1e6 - Math.sqrt(2)) < 1e-3);
  });

  it("chooses by the size of the bank", async () => {
    assert.equal((await indexer.index(bank, DIMENSION, "cosine", 1)).method, "exact");
    assert.equal(chooseMethod("auto", 131_072 * 384), "clustered");
    assert.equal(chooseMethod("exact", 131_072 * 384), "exact");
  });

  it("does not change the queries", async () => {
    const before = queries.slice();
    await (await indexer.index(bank, DIMENSION, "cosine", 1)).search(queries);
    assert.deepEqual(queries, before);
  });
});

const row = (values: Float32Array, at: number) => values.subarray(at * DIMENSION, (at + 1) * DIMENSION);

function dot(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let j = 0; j < DIMENSION; j++) sum += one[j]! * other[j]!;
  return sum;
}

function bruteForce(bank: Float32Array, query: Float32Array, metric: Metric, k: number) {
  const length = Math.sqrt(dot(query, query));
  const all = Array.from({ length: bank.length / DIMENSION }, (_, i) => {
    const other = row(bank, i);
    const distance =
      metric === "cosine"
        ? 1 - dot(query, other) / (length * Math.sqrt(dot(other, other)))
        : query.reduce((sum, value, j) => sum + (value - other[j]!) ** 2, 0);
    return { i, distance };
  });
  const best = all.sort((a, b) => a.distance - b.distance).slice(0, k);
  const mean = best.reduce((sum, item) => sum + item.distance, 0) / k;
  return { distance: metric === "l2" ? Math.sqrt(mean) : mean, nearest: best[0]!.i };
}

function noise(rows: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: rows * DIMENSION }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** Vectors around 30 fixed directions. */
function groups(rows: number, seed: number): Float32Array {
  const centres = noise(30, 99);
  return noise(rows, seed).map((value, i) => {
    const centre = Math.floor(i / DIMENSION) % 30;
    return centres[centre * DIMENSION + (i % DIMENSION)]! + 0.15 * value;
  });
}
