import { keptRows } from "../bank/search/vectors";
import type { GridMask } from "../mask/grid-mask";
import { seededRandom, shuffled } from "../random";
import {
  CONTENT_KINDS,
  DEFECT_CONTRASTS,
  DEFECT_SIZES,
  type DefectPlan,
  MUST_FIND_CONTRAST,
  MUST_FIND_SIZE,
  TONAL_KINDS,
} from "./kinds";

/** A reference's picture in pixels, and where defects may lie on it. */
export interface PaintableReference {
  width: number;
  height: number;
  /** Its foreground, or what the user set to be looked at; absent: the whole frame. */
  mask: GridMask | undefined;
}

type Combination = Pick<DefectPlan, "kind" | "size" | "contrast">;

/**
 * Which defects to paint, and on which references: by turns one that must be found and one of the others, each of every
 * kind, size and contrast once a round, the references in turn, in an order of chance. So a run that ends early, on a slow
 * machine or of large frames, has seen some of everything, and most of what decides.
 * @param count how many; 160 are eleven rounds of those that must be found and more than one of the others
 * @param smallest pixels of the smallest defect to be found; absent: a share of the part's edge
 * @returns fewer where no reference has a place to paint on
 */
export function planDefects(
  references: readonly PaintableReference[],
  count: number,
  seed: number,
  smallest?: number,
): DefectPlan[] {
  const random = seededRandom(seed);
  const edges = references.map(partEdge);
  const paintable = [...references.keys()].filter((i) => !references[i]!.mask?.data.every((value) => value === 0));
  if (paintable.length === 0) return [];
  const isWanted = ({ size, contrast }: Combination) =>
    size === MUST_FIND_SIZE && (contrast === undefined || contrast >= MUST_FIND_CONTRAST);
  const all = combinations();
  const groups = [all.filter(isWanted), smallest === undefined ? all.filter((each) => !isWanted(each)) : all];
  const rounds: Combination[][] = groups.map(() => []);
  const plans: DefectPlan[] = [];
  while (plans.length < count) {
    const turn = plans.length % groups.length;
    if (rounds[turn]!.length === 0) rounds[turn] = shuffled([...groups[turn]!], random);
    const combination = rounds[turn]!.pop()!;
    // Twice in a row, or with an even number of them each group would see but half the references.
    const reference = paintable[Math.floor(plans.length / groups.length) % paintable.length]!;
    const edge = edges[reference]!;
    const isSmallest = smallest !== undefined && turn === 0;
    const pixels = Math.max(1, isSmallest ? smallest : combination.size * edge);
    const size = isSmallest ? Number((smallest / edge).toPrecision(2)) : combination.size;
    plans.push({ ...combination, size, pixels, reference, seed: Math.floor(random() * 2 ** 31) });
  }
  return plans;
}

function combinations(): Combination[] {
  const tonal = TONAL_KINDS.flatMap((kind) =>
    DEFECT_SIZES.flatMap((size) => DEFECT_CONTRASTS.map((contrast) => ({ kind, size, contrast }))),
  );
  return [...tonal, ...CONTENT_KINDS.flatMap((kind) => DEFECT_SIZES.map((size) => ({ kind, size })))];
}

/** The shorter edge of what encloses the part, in pixels. */
function partEdge({ width, height, mask }: PaintableReference): number {
  if (!mask) return Math.min(width, height);
  let [left, top, right, bottom] = [mask.cols, mask.rows, -1, -1];
  for (const i of keptRows(mask.data)) {
    const [row, col] = [Math.floor(i / mask.cols), i % mask.cols];
    [left, right] = [Math.min(left, col), Math.max(right, col)];
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
  }
  return Math.min(((right - left + 1) * width) / mask.cols, ((bottom - top + 1) * height) / mask.rows);
}
