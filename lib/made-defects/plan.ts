import { type GridMask, onesOf } from "../mask/grid-mask";
import { seededRandom } from "../random";
import { CONTENT_KINDS, DEFECT_CONTRASTS, DEFECT_SIZES, type DefectPlan, TONAL_KINDS } from "./kinds";

/** A reference's picture in pixels, and where defects may lie on it. */
export interface PaintableReference {
  width: number;
  height: number;
  /** Its foreground, or what the user set to be looked at; absent: the whole frame. */
  mask: GridMask | undefined;
}

type Combination = Pick<DefectPlan, "kind" | "size" | "contrast">;

/**
 * Which defects to paint, and on which references: every kind, size and contrast once a round, the references in
 * turn, in an order of chance, so that a run that ends early has seen some of everything.
 * @param count how many; 76 are a round of all combinations
 * @returns fewer where no reference has a place to paint on
 */
export function planDefects(references: readonly PaintableReference[], count: number, seed: number): DefectPlan[] {
  const random = seededRandom(seed);
  const edges = references.map(partEdge);
  const paintable = [...references.keys()].filter((i) => !references[i]!.mask?.data.every((value) => value === 0));
  if (paintable.length === 0) return [];
  const plans: DefectPlan[] = [];
  while (plans.length < count) {
    for (const combination of shuffled(combinations(), random)) {
      if (plans.length === count) break;
      const reference = paintable[plans.length % paintable.length]!;
      const pixels = Math.max(1, combination.size * edges[reference]!);
      plans.push({ ...combination, pixels, reference, seed: Math.floor(random() * 2 ** 31) });
    }
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
  for (const i of onesOf(mask)) {
    const [row, col] = [Math.floor(i / mask.cols), i % mask.cols];
    [left, right] = [Math.min(left, col), Math.max(right, col)];
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
  }
  return Math.min(((right - left + 1) * width) / mask.cols, ((bottom - top + 1) * height) / mask.rows);
}

/** Fisher and Yates. */
function shuffled<T>(items: T[], random: () => number): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}
