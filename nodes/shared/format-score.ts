/** A score as short as its size allows: 12.34, 0.73, 0.0021. */
export function formatScore(score: number): string {
  return Math.abs(score) >= 0.1 || score === 0 ? score.toFixed(2) : score.toPrecision(2);
}
