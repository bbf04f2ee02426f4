import type { BankMetadata } from "../bank/memory-bank";
import { worstMean } from "../bank/worst";

/**
 * The image's score: the mean of the worst 1 % of patch distances, an empirical tail value at risk (AnomalyDINO,
 * section 3.1). floor(0.01 N) patches of the whole grid, background included as 0; the largest where that is none. Of a
 * large grid as many as the bank was built with.
 * @param distances float32 [N]
 */
export function imageScore(distances: Float32Array, { counted }: Pick<BankMetadata, "counted"> = {}): number {
  return worstMean(distances, counted);
}
