import type { BankMetadata, TypicalDistance } from "../bank/memory-bank";
import type { GridMask } from "../mask/grid-mask";
import { median } from "../median";
import { fallByOneMore } from "./image-score";
import { lookedAt, maskedDistances } from "./masked-distances";

/** How much of the difference is taken: chosen over 12 draws of three real sets and 84 made ones (docs/method.md). */
const TAKEN = 1.5;
/** How far over the references' medians a good part's may lie. */
const MARGIN = 1.25;

/**
 * What patch distances of good parts usually are, each compared with the others. One unusual reference does not decide:
 * the second largest median is the most that is taken for a good part's.
 * @param left distances of the looked-at patches of each reference to the others, float32
 * @returns undefined of fewer than two references
 */
export function typicalDistance(left: readonly Float32Array[]): TypicalDistance | undefined {
  const medians = left.filter(({ length }) => length > 0).map(median);
  if (medians.length < 2) return undefined;
  const middle = median(medians);
  const [, second] = medians.sort((a, b) => b - a);
  return { middle, most: MARGIN * Math.max(middle, second!) };
}

/**
 * Distances less 1.5 times what this picture's median has over the references', or more by what it lacks to it. Good
 * pieces of one product differ all over, in grain or light, which raises all distances and hides what is local: a defect.
 * What is far over the references' medians stays, so that a picture that is odd all over still scores as such. Ours;
 * with it the mean of the worst patches is what the paper's is to a picture whose median is the references'.
 * @param distances float32 [patches], masked ones 0
 * @param mask what is looked at; undefined: all
 * @param typical undefined: distances are taken as they are
 * @returns float32 [patches], never below 0
 */
export function relativeDistances(
  distances: Float32Array,
  mask: GridMask | undefined,
  typical: TypicalDistance | undefined,
): Float32Array {
  if (!typical) return distances;
  const { middle, most } = typical;
  const looked = lookedAt(distances, mask);
  if (looked.length === 0 || middle === 0) return distances;
  const shift = TAKEN * (middle - Math.min(median(looked), most));
  // In full from the middle on; less below it, or what equals the references would be at a distance from them.
  return distances.map((value) => Math.max(0, value + shift * Math.min(1, value / middle)));
}

/**
 * The distances that a picture of all references' bank is scored, drawn and divided into regions by.
 * @param distances float32 [patches], as the search gives them
 * @throws {GoldenSampleError} BAD_BANK as `maskedDistances`
 */
export function scoredDistances(
  distances: Float32Array,
  mask: GridMask | undefined,
  { typical, references }: Pick<BankMetadata, "typical" | "references">,
): Float32Array {
  const fall = fallByOneMore(references);
  const ofAll = typical && { middle: fall * typical.middle, most: fall * typical.most };
  return relativeDistances(maskedDistances(distances, mask), mask, ofAll);
}

/**
 * The patches of a picture that its bank would have to know for none to be over a level. What is known is at no distance,
 * by which the picture's median falls, and what was just under the level may come over it.
 * @param distances float32 [patches], as the search gives them
 * @returns their indices
 */
export function patchesOver(
  level: number,
  distances: Float32Array,
  mask: GridMask | undefined,
  metadata: Pick<BankMetadata, "typical" | "references">,
): number[] {
  const left = distances.slice();
  const over = new Set<number>();
  for (let known = -1; known < over.size; ) {
    known = over.size;
    for (const [patch, distance] of scoredDistances(left, mask, metadata).entries()) {
      if (distance > level) over.add(patch);
    }
    for (const patch of over) left[patch] = 0;
  }
  return [...over].sort((a, b) => a - b);
}
