import assert from "node:assert/strict";
import { after, describe, it } from "mocha";
import type { PatchTokens } from "../../lib/backbone/patch-tokens";
import type { MemoryBank } from "../../lib/bank/memory-bank";
import { missingSearch } from "../../lib/bank/missing";
import { patchPlaces } from "../../lib/bank/placement";
import { makeReady } from "../../lib/bank/ready-bank";
import { createIndexer } from "../../lib/bank/search";
import type { MatrixProducts } from "../../lib/bank/search/matrix-products";
import { windowedIndex } from "../../lib/bank/search/windowed";
import { seededRandom } from "../../lib/random";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";
import { loadPortableRuntime } from "../../lib/runtime/onnxruntime-web";
import { defaultThreshold } from "../../lib/threshold/default-threshold";
import { learnMissingParts } from "../../lib/threshold/missing-parts";
import { smallBank } from "../support/small-bank";

const [ROWS, COLS, DIMENSION] = [12, 16, 16];
const PATCHES = ROWS * COLS;
const BACKGROUND = 0;
/** What a patch looks like, by its kind. */
const look = (kind: number) => {
  const random = seededRandom(100 + kind);
  return Array.from({ length: DIMENSION }, () => random() - 0.5);
};

describe("parts that are missing", () => {
  const indexer = createIndexer(loadOnnxRuntime());
  after(() => indexer.release());
  const step = () => undefined;

  /** @param kind of the patch at a row and column */
  function frame(seed: number, kind: (row: number, col: number) => number, noise = 0.1): PatchTokens {
    const random = seededRandom(seed);
    const data = new Float32Array(PATCHES * DIMENSION);
    for (let patch = 0; patch < PATCHES; patch++) {
      const own = look(kind(Math.floor(patch / COLS), patch % COLS));
      for (let i = 0; i < DIMENSION; i++) data[patch * DIMENSION + i] = own[i]! + noise * (random() - 0.5);
    }
    return { rows: ROWS, cols: COLS, dimension: DIMENSION, data };
  }
  /** A part of which every patch looks different, wherever it stands, its head on the left. */
  const figure = (shift: number, hasHead: boolean) => (row: number, col: number) => {
    const at = col - shift;
    if (row < 2 || row > 9 || at < 1 || at > 12) return BACKGROUND;
    return at <= 3 && !hasHead ? BACKGROUND : row * COLS + at;
  };
  function bankOf(frames: readonly PatchTokens[], metric: "cosine" | "l2"): MemoryBank {
    const small = smallBank(frames.length, DIMENSION, frames.length * PATCHES);
    small.metadata.settings.metric = metric;
    const features = new Float32Array(frames.length * PATCHES * DIMENSION);
    for (const [i, { data }] of frames.entries()) features.set(data, i * data.length);
    const places = patchPlaces(ROWS, COLS);
    return { ...small, features, positions: Float32Array.from(frames.flatMap(() => [...places])) };
  }

  for (const metric of ["cosine", "l2"] as const) {
    it(`are told by what no reference lacks, where the background alone is normal (${metric})`, async () => {
      const good = [0, 1, 2, 3, 1].map((shift, seed) => frame(seed + 1, figure(shift, true)));
      const bank = bankOf(good, metric);
      const search = missingSearch(bank, indexer.products);
      const learnt = await learnMissingParts({
        inspected: good.map((tokens) => ({ tokens, mask: undefined })),
        search,
        step,
      });
      assert.ok(learnt && learnt.noticed > 0.25, JSON.stringify(learnt));
      const { threshold } = defaultThreshold(learnt.calibration, false);
      const other = frame(50, figure(2, true));
      const headless = frame(51, figure(2, false));
      assert.ok((await search.score(other))!.score <= threshold);
      const found = (await search.score(headless))!;
      assert.ok(found.score > threshold, `${found.score} of ${threshold}`);
      const [x, y] = [bank.positions[2 * found.row]! * COLS, bank.positions[2 * found.row + 1]! * ROWS];
      assert.ok(y > 2 && y < 10 && x < 7, `the head is missed, at ${x}, ${y}`);
      // What asks whether a patch is unusual sees nothing: each of them is in the bank.
      const forwards = await makeReady(bank, indexer);
      const worst = async (tokens: PatchTokens) => Math.max(...(await forwards.match(tokens)).distances);
      assert.ok((await worst(headless)) < 1.5 * (await worst(other)));
    });
  }

  it("cannot be told of surfaces, where one piece is like another", async () => {
    const random = seededRandom(9);
    const surfaces = Array.from({ length: 5 }, (_, seed) => frame(seed, () => Math.floor(random() * 3), 0.4));
    const search = missingSearch(bankOf(surfaces, "cosine"), indexer.products);
    const inspected = surfaces.map((tokens) => ({ tokens, mask: undefined }));
    assert.equal(await learnMissingParts({ inspected, search, step }), undefined);
    assert.equal(await learnMissingParts({ inspected: inspected.slice(0, 2), search, step }), undefined);
  });

  it("are not missed where the frame is not looked at, nor by a reference that is left out", async () => {
    const good = [0, 1, 2].map((shift, seed) => frame(seed + 1, figure(shift, true)));
    const search = missingSearch(bankOf(good, "cosine"), indexer.products);
    const headless = frame(60, figure(0, false));
    const mask = Uint8Array.from({ length: PATCHES }, (_, patch) => (patch % COLS > 6 ? 1 : 0));
    const [all, right] = [await search.score(headless), await search.score(headless, { look: mask })];
    assert.ok(right!.score < 0.5 * all!.score, `${right!.score} of ${all!.score}`);
    assert.equal(await search.score(headless, { look: new Uint8Array(PATCHES) }), undefined);
    for (const without of [0, 1, 2])
      assert.notEqual((await search.score(good[without]!, { without }))!.reference, without);
  });

  for (const metric of ["cosine", "l2"] as const) {
    it(`are the same, of a few rows, where the search in place has told how far each is at most (${metric})`, async () => {
      const good = [0, 1, 2, 1, 0].map((shift, seed) => frame(seed + 1, figure(shift, true)));
      const bank = bankOf(good, metric);
      const places = patchPlaces(ROWS, COLS);
      const { products } = indexer;
      const window = { x: 1.51 / COLS, y: 1.51 / ROWS };
      const index = windowedIndex(products, bank.features, bank.positions, DIMENSION, metric, 1, window);
      const searched: number[] = [];
      const counting: Pick<MatrixProducts, "mutual"> = {
        mutual: (queries, rows, ...rest) => {
          searched.push(rows.length / DIMENSION);
          return products.mutual(queries, rows, ...rest);
        },
      };
      const search = missingSearch(bank, counting as MatrixProducts);
      const right = Uint8Array.from({ length: PATCHES }, (_, patch) => (patch % COLS > 6 ? 1 : 0));
      for (const [seed, hasHead] of [true, false, true, false].entries()) {
        const tokens = frame(70 + seed, figure(seed, hasHead));
        const { atMost } = await index.search(tokens.data, places, { reverse: true });
        assert.ok(atMost);
        for (const options of [{}, { look: right }, { without: 0 }]) {
          const plain = await search.score(tokens, options);
          searched.length = 0;
          const bounded = await search.score(tokens, { ...options, atMost });
          assert.ok(Math.abs(bounded!.score - plain!.score) < 1e-6, `${bounded!.score} for ${plain!.score}`);
          assert.deepEqual([bounded!.reference, bounded!.row], [plain!.reference, plain!.row]);
          const rows = searched.reduce((sum, count) => sum + count, 0);
          assert.ok(rows < 0.5 * good.length * PATCHES, `${rows} rows searched`);
        }
      }
    });
  }

  /** The references lie a few patches apart, and the frame's mask leaves a strip of the background out. */
  for (const [metric, place] of [
    ["cosine", "anywhere"],
    ["l2", "anywhere"],
    ["cosine", "same"],
    ["l2", "same"],
  ] as const) {
    it(`are told with the patches' distances as both are by themselves (${metric}, ${place})`, async () => {
      const good = [0, 1, 2, 1, 0].map((shift, seed) => frame(seed + 1, figure(shift, true)));
      const bank = bankOf(good, metric);
      const window = place === "same" && { window: { x: 1.51 / COLS, y: 1.51 / ROWS } };
      if (window) bank.metadata.place = { applied: true, reason: "", ...window };
      const plain = await makeReady(bank, indexer);
      const search = missingSearch(bank, indexer.products);
      const asking = { ...bank, metadata: { ...bank.metadata, missing: { calibration: [0.1], noticed: 1 } } };
      const columns = (first: number) => Uint8Array.from({ length: PATCHES }, (_, i) => (i % COLS >= first ? 1 : 0));
      for (const runtime of [loadOnnxRuntime(), loadPortableRuntime()]) {
        const own = createIndexer(runtime);
        const ready = await makeReady(asking, own);
        const tokens = frame(80, figure(2, false));
        assert.equal((await ready.match(tokens)).missing, undefined);
        // Exact search holds the very rows that are searched for.
        assert.equal(ready.bytes - plain.bytes, place === "same" ? bank.features.byteLength : 0);
        // Everywhere, the foreground, a mask that a message carries, one that leaves a small part, and one that leaves nothing.
        for (const [look, asked] of [
          [undefined, undefined],
          [columns(2), undefined],
          [columns(4), columns(4)],
          [columns(12), columns(12)],
          [columns(COLS), undefined],
        ]) {
          const found = await ready.match(tokens, { look, lack: { look: asked } });
          const expected = await plain.match(tokens, { look });
          assert.ok(found.distances.every((value, i) => Math.abs(value - expected.distances[i]!) < 1e-5));
          assert.deepEqual(found.nearest, expected.nearest);
          const { score, ...where } = (await search.score(tokens, { look: asked }))!;
          const { score: ours, ...place } = found.missing!;
          assert.ok(Math.abs(ours - score) < 1e-5, `${ours} for ${score}`);
          assert.deepEqual(place, where);
        }
        await own.release();
      }
    });
  }

  it("are searched for step by step, and it can be ended", async () => {
    const good = [0, 1, 2, 3].map((shift, seed) => frame(seed + 1, figure(shift, true)));
    const search = missingSearch(bankOf(good, "cosine"), indexer.products);
    let steps = 0;
    const end = () => {
      if (++steps === 7) throw new Error("ended");
    };
    const inspected = good.map((tokens) => ({ tokens, mask: undefined }));
    await assert.rejects(learnMissingParts({ inspected, search, step: end }), /ended/);
  });
});
