/**
 * How many patches make an image's score: the worst 1 % of its whole grid, one at least (AnomalyDINO, section 3.1).
 * @param patches of the grid, masked ones included
 */
export function worstCount(patches: number): number {
  return Math.max(1, Math.floor(patches * 0.01));
}
