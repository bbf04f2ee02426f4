/**
 * The most patches of which new banks take the worst 1 %. That of a larger grid is an area in which a small defect
 * drowns: of 15,625 patches 156 count, and a defect covers four. Up to here it is AnomalyDINO's own rule, also for its
 * larger resolution of 672 px (48 x 48 patches); beyond, as many patches count as there.
 */
export const MOST_COUNTED = 2304;

/**
 * How many patches make an image's score: the worst 1 % of its whole grid, one at least (AnomalyDINO, section 3.1).
 * @param patches of the grid, masked ones included
 * @param most a larger grid counts as one of so many patches; absent: however large, as older banks have it
 */
export function worstCount(patches: number, most = Number.POSITIVE_INFINITY): number {
  return Math.max(1, Math.floor(Math.min(patches, most) * 0.01));
}
