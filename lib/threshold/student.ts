import { betaQuantile } from "./beta";

/**
 * The quantile of Student's t distribution, by that of Beta(df / 2, 1 / 2).
 * @param probability 0 < probability < 1
 * @param freedom degrees of freedom, > 0
 */
export function studentQuantile(probability: number, freedom: number): number {
  const tail = Math.min(probability, 1 - probability);
  const x = betaQuantile(2 * tail, freedom / 2, 0.5);
  return Math.sign(probability - 0.5) * Math.sqrt((freedom * (1 - x)) / x);
}
