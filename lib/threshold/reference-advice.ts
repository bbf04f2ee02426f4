import { type Sentence, sentence } from "../sentence";
import type { LeftOut } from "./leave-one-out";
import { twoGroups } from "./reference-groups";

/** With fewer references more than one good part in six is rejected, and unlike ones cannot be told. */
const FEW = 4;
/** Share of the references that have their like among the others from which they are frames of one part. */
const TOO_ALIKE = 0.5;

/**
 * What is wrong with the references as a whole, and what to do about it, a sentence each.
 * @param left every reference as the others see it
 * @param duplicates pairs that are nearly the same picture
 */
export function adviceOn(left: readonly LeftOut[], duplicates: readonly (readonly [number, number])[]): Sentence[] {
  const count = left.length;
  const alike = new Set(duplicates.flat()).size;
  if (count > 0 && count < FEW) {
    return [
      sentence`[fewReferences] ${{ references: count }} references are too few to know what good parts differ by, so about one good part in four is rejected: add others, eight are a good start.`,
    ];
  }
  if (alike > TOO_ALIKE * count) {
    return [
      sentence`[alikeReferences] ${{ alike }} of the ${{ references: count }} references are nearly the same picture, as of one part that was photographed again and again, so the threshold knows nothing of how parts differ: add photos of other good parts.`,
    ];
  }
  const groups = twoGroups(left);
  if (!groups) return [];
  const [a, b] = groups.map((group) => group.map((reference) => reference + 1).join(", "));
  return [
    sentence`[twoGroups] The references fall into two groups that have little in common, ${{ a: a! }} and ${{ b: b! }}: build a bank of its own for each where they are two products, and keep one where they are two lamps or cameras.`,
  ];
}
