import { type Sentence, type SentenceValue, sentence } from "../../lib";
import { formatScore } from "./format-score";

/** What a score node says of its bank, as far as a status shows it. */
interface NamedBank {
  name?: unknown;
  version?: unknown;
}

/** Facts, one after the other; or a key of the node's own catalogue, which the browser translates. */
export type StatusText = string | readonly SentenceValue[];

/** Longer names are cut: a status stands under its node. */
const NAME = 24;

/**
 * The one grammar of all statuses that speak of a bank: `part v3 · 0.31 of 0.42 · ok`. Which bank, which figure, what it
 * means; what is not known is left out.
 */
export function statusText(bank: NamedBank | undefined, ...facts: (SentenceValue | undefined)[]): SentenceValue[] {
  return [bankText(bank), ...facts].filter((fact): fact is SentenceValue => fact !== undefined && fact !== "");
}

/** @param threshold absent where there is none to compare with */
export function figureText(score: number, threshold?: number): SentenceValue {
  if (threshold === undefined) return formatScore(score);
  return sentence`[figure] ${{ score: formatScore(score) }} of ${{ threshold: formatScore(threshold) }}`;
}

const UNLIKE: Readonly<Record<string, Sentence>> = {
  dark: sentence`[unlikeDark] unlike: dark`,
  bright: sentence`[unlikeBright] unlike: bright`,
  flat: sentence`[unlikeFlat] unlike: flat`,
  blurred: sentence`[unlikeBlurred] unlike: blurred`,
  moved: sentence`[unlikeMoved] unlike: moved`,
  masked: sentence`[unlikeMasked] unlike: masked`,
};

/** Of a frame that says nothing of its part: why. @param cause as `msg.anomaly.health` has it */
export function unlikeText(cause: unknown): SentenceValue {
  if (typeof cause !== "string" || cause === "unlike") return sentence`[unlike] unlike`;
  return Object.hasOwn(UNLIKE, cause) ? UNLIKE[cause]! : `unlike: ${cause}`;
}

/** How far something has come, whole percent. */
export function percentDone({ done, total }: { done: number; total: number }): number {
  return Math.floor((100 * done) / Math.max(1, total));
}

function bankText({ name, version }: NamedBank = {}): string {
  if (typeof name !== "string" || name === "") return "";
  const short = name.length > NAME ? `${name.slice(0, NAME - 1)}\u2026` : name;
  return typeof version === "number" ? `${short} v${version}` : short;
}
