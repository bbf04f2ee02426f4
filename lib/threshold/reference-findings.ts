import type { ReferenceFindings } from "../bank/memory-bank";
import type { Thumbnail } from "../bank/placement";
import { median } from "../median";
import { type Sentence, sentence, textOf } from "../sentence";
import type { LeftOut } from "./leave-one-out";
import { adviceOn } from "./reference-advice";
import { unlikeReferences } from "./unlike-references";
import { worstRegion } from "./worst-region";

/**
 * A reference whose mean patch distance to the others is less than this share of what is usual has its like among them.
 * The same picture taken again is at 0.01 to 0.08, the most alike of different pictures were at 0.14 (measured with
 * sensor noise, JPEG and a shift of two pixels on two image sets).
 */
const ALIKE = 0.125;
type LearningFacts = Record<"references" | "last" | "change" | "more", number> & { enough: boolean };
/** Mean difference of two small pictures, in grey levels, that sensor noise alone makes. */
const NOISE = 1;
/** More references than these are not asked for: it is the parts that differ then. */
const MOST = 100;
/** Mean relative change of the scores up to which more references are not worth the shots. */
const SETTLED = 0.05;

/**
 * Names near-duplicates and outliers among the references.
 * @param left every reference as the others see it
 * @param files what the references are called
 */
export function findingsAmong(
  left: readonly LeftOut[],
  thumbnails: readonly Thumbnail[],
  files: readonly string[],
): ReferenceFindings {
  const duplicates = duplicatesAmong(left, thumbnails);
  const advice = adviceOn(left, duplicates);
  return {
    ...(advice.length > 0 && { advice: advice.map(textOf), sentences: advice }),
    duplicates: duplicates.map(([a, b]) => ({
      references: [a + 1, b + 1],
      files: [files[a] ?? "", files[b] ?? ""],
    })),
    outliers: unlikeReferences(left.map(({ score }) => score)).map(({ index, score, z }) => {
      const { reference, distances, cols } = left[index]!;
      const region = worstRegion(distances, cols);
      return { reference: reference + 1, file: files[reference] ?? "", score, z, ...(region && { region }) };
    }),
  };
}

function duplicatesAmong(left: readonly LeftOut[], thumbnails: readonly Thumbnail[]): [number, number][] {
  const pairs = new Map<string, [number, number]>();
  const note = (a: number, b: number) => pairs.set([a, b].sort((x, y) => x - y).join(), a < b ? [a, b] : [b, a]);
  const means = left.map(({ distances }) => distances.reduce((sum, value) => sum + value, 0) / distances.length);
  const usual = median(means);
  for (const [i, { reference, owners }] of left.entries()) {
    const closest = commonest(owners);
    if (closest !== undefined && means[i]! < ALIKE * usual) note(reference, closest);
  }
  // Where most of them are alike, the usual distance is theirs: the pictures themselves still tell.
  for (const [at, { reference: first }] of left.entries()) {
    for (const { reference: second } of left.slice(at + 1)) {
      if (pictureDistance(thumbnails[first], thumbnails[second]) < NOISE) note(first, second);
    }
  }
  return [...pairs.values()].sort(([a, b], [c, d]) => a - c || b - d);
}

/** Reference indices only: patches of accepted frames belong to no reference. */
function commonest(owners: Int32Array): number | undefined {
  const counts = new Map<number, number>();
  let known = 0;
  for (const owner of owners) {
    if (owner < 0) continue;
    counts.set(owner, (counts.get(owner) ?? 0) + 1);
    known++;
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most && most[1] * 2 > known ? most[0] : undefined;
}

/** Mean absolute difference in grey levels, of every fifth sample. */
function pictureDistance(a: Thumbnail | undefined, b: Thumbnail | undefined): number {
  if (!a || !b || a.width !== b.width || a.height !== b.height) return Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let i = 0; i < a.data.length; i += 5) sum += Math.abs(a.data[i]! - b.data[i]!);
  return sum / Math.ceil(a.data.length / 5);
}

/** How many of the last references the learning curve looks back over; 0 where there are too few for one. */
export function lookBack(references: number): number {
  return references < 4 ? 0 : Math.round(references / 3);
}

/**
 * Whether more references would change the scores: the earlier ones' leave-one-out scores against all others, and
 * against the earlier ones alone.
 * @param scores pairs of score with all references and with the earlier ones, for the same references in order
 */
export function learningOf(
  references: number,
  last: number,
  scores: readonly (readonly [number, number])[],
): NonNullable<ReferenceFindings["learning"]> {
  const change =
    scores.reduce((sum, [now, before]) => sum + relativeChange(now, before), 0) / Math.max(1, scores.length);
  const enough = change <= SETTLED;
  const more = enough ? 0 : neededMore(references, last, change);
  const facts = { references, last, change, enough, more };
  const said = learningSentence(facts);
  return { ...facts, words: said.text, sentence: said };
}

function learningSentence({ references, last, change: share, enough, more }: LearningFacts): Sentence {
  const change = percent(share);
  if (last === 1)
    return enough
      ? sentence`[lastOneEnough] ${{ references }} references, the last one changed the scores by ${{ change }}: enough.`
      : sentence`[lastOneMore] ${{ references }} references, the last one changed the scores by ${{ change }}: more would still change the verdicts: about ${{ more }} more.`;
  return enough
    ? sentence`[lastEnough] ${{ references }} references, the last ${{ last }} changed the scores by ${{ change }}: enough.`
    : sentence`[lastMore] ${{ references }} references, the last ${{ last }} changed the scores by ${{ change }}: more would still change the verdicts: about ${{ more }} more.`;
}

/**
 * References until as many as the last few change the scores by what counts as settled, if scores go on falling by the
 * power of their number that they fell by last.
 */
function neededMore(references: number, last: number, change: number): number {
  const power = -Math.log(Math.max(1e-6, 1 - Math.min(change, 0.9))) / Math.log(references / (references - last));
  const wanted = last / ((1 - SETTLED) ** (-1 / power) - 1);
  return Math.min(MOST, Math.max(1, Math.ceil(wanted) - references));
}

const relativeChange = (now: number, before: number) => (before === 0 ? 0 : Math.abs(now - before) / before);
const percent = (share: number) => `${Number((share * 100).toPrecision(share < 0.1 ? 1 : 2))} %`;
