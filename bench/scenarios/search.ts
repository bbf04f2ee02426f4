import { createIndexer } from "../../lib/bank/search";
import { worstCount } from "../../lib/bank/worst";
import { median } from "../../lib/median";
import { imageScore } from "../../lib/score/image-score";
import { time } from "../measure";
import { rankCorrelation } from "../rank-correlation";
import type { Scenario } from "../scenario";
import { DIMENSION, StructuredFeatures } from "../structured";

/** 16 references in 8 rotations at 448 px. */
const ROWS = 131_072;
const QUERIES = 1024;
const FRAMES = 24;
const CHUNK = 4096;

/** Search in a large bank, against the bare matrix product over all of it, and its scores against exact ones. */
export const search: Scenario = {
  name: "search",
  about: `nearest neighbours of ${QUERIES} patches among ${ROWS}, against the matrix product over all of them`,
  bars: [
    { figure: "ratio", what: `search of ${ROWS} patches / the exact matrix product`, atMost: 0.15 },
    { figure: "rank", what: "rank correlation of its image scores to exact ones", atLeast: 0.99 },
  ],
  async run({ runtime, backbone: { threads } }) {
    const indexer = createIndexer(runtime, threads);
    const { products } = indexer;
    try {
      const features = new StructuredFeatures(products);
      const bank = await features.rows(ROWS);
      const exact = await indexer.index(bank, DIMENSION, "cosine", 1, "exact");
      const start = performance.now();
      const fast = await indexer.index(bank, DIMENSION, "cosine", 1, "auto");
      const build = performance.now() - start;
      const penalty = new Float32Array(CHUNK);
      const pairs: { ours: number; bare: number; score: number; expected: number }[] = [];
      for (let i = 0; i < FRAMES; i++) {
        const frame = await features.rows(QUERIES, { count: (7 * i) % 20, by: i / FRAMES });
        const product = async () => {
          for (let from = 0; from < ROWS; from += CHUNK) {
            const part = bank.subarray(from * DIMENSION, (from + CHUNK) * DIMENSION);
            await products.largest(frame, part, penalty, DIMENSION);
          }
        };
        let found = await exact.search(frame);
        const expected = imageScore(found.distances);
        const bare = await time(product);
        const ours = await time(async () => {
          found = await fast.search(frame, { worst: worstCount(QUERIES) });
        });
        pairs.push({ ours, bare, expected, score: imageScore(found.distances) });
      }
      return {
        ratio: median(pairs.map(({ ours, bare }) => ours / bare)),
        search: median(pairs.map(({ ours }) => ours)),
        product: median(pairs.map(({ bare }) => bare)),
        rank: rankCorrelation(
          pairs.map(({ score }) => score),
          pairs.map(({ expected }) => expected),
        ),
        build,
        method: fast.method,
      };
    } finally {
      await indexer.release();
    }
  },
};
