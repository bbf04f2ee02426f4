import type { SearchMethod, SearchSetting } from "./types";

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
