import { greedyCoreset } from "../../lib/bank/coreset";
import { MatrixProducts } from "../../lib/bank/search/matrix-products";
import type { Scenario } from "../scenario";
import { DIMENSION, StructuredFeatures } from "../structured";

const ROWS = 131_072;
const KEEP = 0.1;

/** Choosing a coreset from a large bank. */
export const coreset: Scenario = {
  name: "coreset",
  about: `a greedy coreset of ${KEEP * 100} % of ${ROWS} patches`,
  bars: [{ figure: "seconds", what: `coreset of ${KEEP * 100} % of ${ROWS} patches, s`, atMost: 60 }],
  async run({ runtime, backbone: { threads } }) {
    const products = new MatrixProducts(runtime, threads);
    try {
      const features = await new StructuredFeatures(products).rows(ROWS);
      let batches = 0;
      const start = performance.now();
      await greedyCoreset(products, features, DIMENSION, KEEP, () => {
        batches++;
      });
      return { seconds: (performance.now() - start) / 1000, batches };
    } finally {
      await products.release();
    }
  },
};
