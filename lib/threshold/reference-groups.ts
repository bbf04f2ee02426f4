import type { LeftOut } from "./leave-one-out";

/**
 * Two groups are told apart where their patches have their nearest ones in the other group this seldom, as a share of
 * what their numbers alone would give. Two products and two lamps (15 % darker, warmer) were at 0 to 0.19; references
 * of one product, split as well as can be, at 0.5 to 0.76 (two image sets), of tiles of many shapes at 0.17 to 0.71.
 */
const APART = 0.25;
/** Smaller ones are outliers, or near-duplicates. */
const LEAST = 2;
/** With more references a mixture is meant: it shows in the scores. */
const MOST = 64;

/**
 * Whether the references fall into two groups: each patch of a reference has its nearest one in another reference, and
 * in a mixture of two products or lamps that is one of its own group. Found by average linkage.
 * @param left every reference as the others see it
 * @returns their references, ascending; undefined where they are one group
 */
export function twoGroups(left: readonly LeftOut[]): [number[], number[]] | undefined {
  if (left.length < 2 * LEAST || left.length > MOST) return undefined;
  const shares = nearestShares(left);
  let groups = left.map((_, i) => [i]);
  while (groups.length > 2) groups = merged(groups, shares);
  const [a, b] = groups as [number[], number[]];
  if (Math.min(a.length, b.length) < LEAST) return undefined;
  // Of whole groups: what of one's patches lies in the other, by what would by chance.
  const across = (from: number[], to: number[]) => (mean(from, to, shares) * (left.length - 1)) / 2;
  if (across(a, b) + across(b, a) > APART) return undefined;
  const names = (group: number[]) => group.map((i) => left[i]!.reference).sort((x, y) => x - y);
  return [names(a), names(b)].sort(([x], [y]) => x! - y!) as [number[], number[]];
}

/** By reference, what share of its patches has its nearest one in each of the others. */
function nearestShares(left: readonly LeftOut[]): number[][] {
  const places = new Map(left.map(({ reference }, i) => [reference, i]));
  return left.map(({ owners }) => {
    const counts = new Array<number>(left.length).fill(0);
    for (const owner of owners) {
      const place = places.get(owner);
      if (place !== undefined) counts[place]!++;
    }
    const all = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count) => count / Math.max(1, all));
  });
}

/** The two groups that have most in common become one. */
function merged(groups: readonly number[][], shares: readonly number[][]): number[][] {
  let [best, first, second] = [-1, 0, 1];
  for (let i = 0; i < groups.length; i++) {
    for (let j = i + 1; j < groups.length; j++) {
      const common = mean(groups[i]!, groups[j]!, shares) + mean(groups[j]!, groups[i]!, shares);
      if (common > best) [best, first, second] = [common, i, j];
    }
  }
  const rest = groups.filter((_, i) => i !== first && i !== second);
  return [...rest, [...groups[first]!, ...groups[second]!]];
}

function mean(from: readonly number[], to: readonly number[], shares: readonly number[][]): number {
  let sum = 0;
  for (const i of from) for (const j of to) sum += shares[i]![j]!;
  return sum / (from.length * to.length);
}
