import type { BankMetadata } from "../bank/memory-bank";
import { keptRows } from "../bank/search/vectors";
import { largestMean, worstCount } from "../bank/worst";
import type { Box } from "../image/crop";
import type { GridMask } from "../mask/grid-mask";
import type { NamedRegion } from "../mask/named-region";
import { rasterise, seenIn } from "../mask/regions-of-interest";

/** What a region of interest of its own says. */
export interface RegionScore {
  /** "": what is looked at outside of all named regions. */
  name: string;
  /** Its own, where it has one; else the frame's holds. */
  threshold?: number;
  /** Absent where nothing of it was looked at: it was not inspected. */
  score?: number;
  /** Share of the grid that was looked at for it, 0..1. */
  coverage: number;
}

/**
 * Scores each region as the whole frame is scored, from its own patches alone: the mean of as many of its worst patches as
 * make the frame's score, or of all of them where it has fewer, so that what lies outside never dilutes it.
 * @param distances float32 [rows * cols]
 * @param mask what is looked at; undefined: nothing, for then no region was inspected
 * @param crop the part of the frame that the grid covers; absent: all of it
 * @param counted and `share` as `worstCount` has them
 */
export function scoreRegions(
  distances: Float32Array,
  regions: readonly NamedRegion[],
  {
    mask,
    crop,
    counted,
    share,
  }: { mask: GridMask | undefined; crop: Box | undefined } & Pick<BankMetadata, "counted" | "share">,
): RegionScore[] {
  const count = worstCount(distances.length, counted, share);
  const left = new Set(mask ? keptRows(mask.data) : []);
  const looked = new Set(left);
  const scoreOf = (patches: readonly number[]): Pick<RegionScore, "score" | "coverage"> => {
    const values = Float32Array.from(patches, (patch) => distances[patch]!);
    const score = values.length > 0 ? { score: largestMean(values, Math.min(count, values.length)) } : {};
    return { ...score, coverage: patches.length / distances.length };
  };
  const scores = regions.map(({ name, threshold, outlines }) => {
    const drawn = mask && rasterise(seenIn({ include: outlines, exclude: [] }, crop), mask.rows, mask.cols);
    const patches = drawn ? keptRows(drawn.data).filter((patch) => looked.has(patch)) : [];
    for (const patch of patches) left.delete(patch);
    return { name, ...(threshold !== undefined && { threshold }), ...scoreOf(patches) };
  });
  return left.size === 0 ? scores : [...scores, { name: "", ...scoreOf([...left]) }];
}
