import { betaQuantile } from "./beta";

/** Between which two shares the true one lies, at a confidence; all from 0 to 1. */
export interface RateInterval {
  low: number;
  high: number;
  confidence: number;
}

export const CONFIDENCE = 0.95;

/**
 * The share of new scores above the k-th smallest of n exchangeable ones: Beta(n + 1 - k, k), whatever the scores'
 * distribution, as long as it is continuous. Between two ranks the same formula interpolates (Hutson, Journal of
 * Applied Statistics 26, 1999).
 * @param rank k, 1..n; need not be whole
 */
export function orderStatisticRate(n: number, rank: number): { expected: number; interval: RateInterval } {
  const [above, below] = [n + 1 - rank, rank];
  const at = (share: number) => betaQuantile(share, above, below);
  return {
    expected: above / (n + 1),
    interval: { low: at((1 - CONFIDENCE) / 2), high: at((1 + CONFIDENCE) / 2), confidence: CONFIDENCE },
  };
}

/** What the share above the k-th smallest of n scores stays under, at the confidence, whatever their distribution. */
export function worstRate(n: number, rank: number): number {
  return betaQuantile(CONFIDENCE, n + 1 - rank, rank);
}

/** Of a share seen as `hits` in `count` independent trials (Clopper and Pearson 1934). */
export function shareInterval(hits: number, count: number): RateInterval {
  const tail = (1 - CONFIDENCE) / 2;
  return {
    low: hits === 0 ? 0 : betaQuantile(tail, hits, count - hits + 1),
    high: hits === count ? 1 : betaQuantile(1 - tail, hits + 1, count - hits),
    confidence: CONFIDENCE,
  };
}
