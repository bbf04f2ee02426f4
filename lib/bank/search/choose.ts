import type { SearchMethod, SearchSetting } from "./types";

/**
 * Numbers in a bank from which `auto` searches by clusters: 32,768 patches of a ViT-S. Below, exact search costs less
 * than a tenth of such a backbone's own time.
 */
const LARGE = 32_768 * 384;

/** @param numbers in the bank: rows x dimension */
export function chooseMethod(setting: SearchSetting, numbers: number): SearchMethod {
  if (setting !== "auto") return setting;
  return numbers < LARGE ? "exact" : "clustered";
}
