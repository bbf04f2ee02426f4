import type { BankMetadata } from "../bank/memory-bank";
import { worstMean } from "../bank/worst";

/**
 * A part's score falls as a bank grows, by about this power of the number of references. Measured on three sets with two
 * backbones: 0.33 to 0.4 from half the references to all, and 0.9 to 1 of what it predicts from n - 1 to n.
 */
const LEARNING = 1 / 3;

/** By what a new part's distances to `references` are smaller than each reference's to the others. */
export function fallByOneMore(references: number): number {
  return ((references - 1) / references) ** LEARNING;
}

/**
 * The image's score: the mean of the worst 1 % of patch distances, an empirical tail value at risk (AnomalyDINO,
 * section 3.1). floor(0.01 N) patches of the whole grid, background included as 0; the largest where that is none. Of a
 * large grid as many as the bank was built with, and of the share that its backbone asks for.
 * @param distances float32 [N]
 */
export function imageScore(
  distances: Float32Array,
  { counted, share }: Pick<BankMetadata, "counted" | "share"> = {},
): number {
  return worstMean(distances, counted, share);
}
