import type { InTurn } from "../../in-pieces";
import type { InferenceRuntime } from "../../runtime/types";
import { clusteredIndex } from "./clustered";
import { exactIndex } from "./exact";
import { MatrixProducts } from "./matrix-products";
import type { Metric, SearchIndex, SearchMethod, SearchSetting } from "./types";

export type { DistanceMethod, Matches, Metric, SearchIndex, SearchSetting } from "./types";

/**
 * Numbers in a bank from which `auto` searches by clusters: 16,384 patches of a ViT-S, where that takes less than a third
 * of exact search (docs/performance.md). Below, both are quick.
 */
const LARGE = 16_384 * 384;

/** @param numbers in the bank: rows x dimension */
export function chooseMethod(setting: SearchSetting, numbers: number): SearchMethod {
  if (setting !== "auto") return setting;
  return numbers < LARGE ? "exact" : "clustered";
}

/** Makes banks searchable; its graphs, loaded once, serve all of them. */
export interface Indexer {
  /**
   * @param features float32 [rows, dimension]; copied
   * @param neighbours k >= 1; fewer rows than k give as many as there are
   */
  index(
    features: Float32Array,
    dimension: number,
    metric: Metric,
    neighbours: number,
    setting?: SearchSetting,
  ): Promise<SearchIndex>;
  readonly products: MatrixProducts;
  /** The same, by pieces that each wait for their turn; so are its indexes searched. */
  inTurns(turn: InTurn): Indexer;
  release(): Promise<void>;
}

export function createIndexer(runtime: InferenceRuntime, threads = 0): Indexer {
  return indexerOf(new MatrixProducts(runtime, threads));
}

function indexerOf(products: MatrixProducts): Indexer {
  return {
    products,
    inTurns: (turn) => indexerOf(products.inTurns(turn)),
    async index(features, dimension, metric, neighbours, setting = "auto") {
      return chooseMethod(setting, features.length) === "exact"
        ? exactIndex(products, features, dimension, metric, neighbours)
        : clusteredIndex(products, features, dimension, metric, neighbours);
    },
    release: () => products.release(),
  };
}
