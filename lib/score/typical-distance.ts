import type { BankMetadata, TypicalDistance } from "../bank/memory-bank";
import { median } from "../median";
import { fallByOneMore } from "./image-score";
import { localMedians, type PictureDistances, pictureMedian } from "./local-median";
import { lookedAt, maskedDistances } from "./masked-distances";

/** How much of the difference is taken: chosen over 12 draws of three real sets and 84 made ones (docs/method.md). */
const TAKEN = 1.5;
/** And of the difference to a patch's surroundings, over large frames with small defects. */
const TAKEN_AROUND = 2;
/** How far over the references' medians a good part's may lie. */
const MARGIN = 1.25;
/** Patches of the square that a patch is compared with where defects are a patch or two. */
export const SURROUNDINGS = 5;

/**
 * What patch distances of good parts usually are, each compared with the others. One unusual reference does not decide:
 * the second largest median is the most that is taken for a good part's.
 * @param left the references, each compared with the others
 * @param around what is typical is that of a patch's surroundings: patches of the square's side; undefined: the picture's
 * @returns undefined of fewer than two references
 */
export function typicalDistance(left: readonly PictureDistances[], around?: number): TypicalDistance | undefined {
  const seen = left.filter(({ distances, mask }) => lookedAt(distances, mask).length > 0);
  if (seen.length < 2) return undefined;
  const middle = median(seen.map(pictureMedian));
  const largest = seen.map((each) => (around ? localMedians(each, around).reduce(larger, 0) : pictureMedian(each)));
  const [, second] = largest.sort((a, b) => b - a);
  return { middle, most: MARGIN * Math.max(middle, second!), ...(around !== undefined && { around }) };
}

/**
 * Distances less 1.5 times what this picture's median has over the references', or more by what it lacks to it. Good
 * pieces of one product differ all over, in grain or light, which raises all distances and hides what is local: a defect.
 * What is far over the references' medians stays, so that a picture that is odd all over still scores as such. Where
 * defects are a patch or two, it is twice what the median of a patch's surroundings has over it. Ours; with it the mean
 * of the worst patches is what the paper's is to a picture whose median is the references'.
 * @param picture its distances, masked ones 0
 * @param typical undefined: distances are taken as they are
 * @returns float32 [patches], never below 0
 */
export function relativeDistances(picture: PictureDistances, typical: TypicalDistance | undefined): Float32Array {
  if (!typical) return picture.distances;
  const { middle, most, around } = typical;
  const taken = around === undefined ? TAKEN : TAKEN_AROUND;
  const usual = around === undefined ? pictureMedian(picture) : localMedians(picture, around);
  return picture.distances.map((value, i) => {
    const shift = taken * (middle - Math.min(typeof usual === "number" ? usual : usual[i]!, most));
    // In full from the middle on; less below it, or what equals the references would be at a distance from them.
    return Math.max(0, value + shift * (value < middle ? value / middle : 1));
  });
}

/**
 * The distances that a picture of all references' bank is scored, drawn and divided into regions by.
 * @param picture its distances as the search gives them
 * @throws {GoldenSampleError} BAD_BANK as `maskedDistances`
 */
export function scoredDistances(
  { distances, mask, cols }: PictureDistances,
  { typical, references }: Pick<BankMetadata, "typical" | "references">,
): Float32Array {
  const fall = fallByOneMore(references);
  const ofAll = typical && { ...typical, middle: fall * typical.middle, most: fall * typical.most };
  return relativeDistances({ distances: maskedDistances(distances, mask), mask, cols }, ofAll);
}

/**
 * The patches of a picture that its bank would have to know for none to be over a level. What is known is at no distance,
 * by which the picture's median falls, and what was just under the level may come over it.
 * @param picture its distances as the search gives them
 * @returns their indices
 */
export function patchesOver(
  level: number,
  picture: PictureDistances,
  metadata: Pick<BankMetadata, "typical" | "references">,
): number[] {
  const left = { ...picture, distances: picture.distances.slice() };
  const over = new Set<number>();
  for (let known = -1; known < over.size; ) {
    known = over.size;
    for (const [patch, distance] of scoredDistances(left, metadata).entries()) {
      if (distance > level) over.add(patch);
    }
    for (const patch of over) left.distances[patch] = 0;
  }
  return [...over].sort((a, b) => a - b);
}

const larger = (a: number, b: number) => Math.max(a, b);
