import { formatScore } from "./format-score";

/** What a score node says of its bank, as far as a status shows it. */
interface NamedBank {
  name?: unknown;
  version?: unknown;
}

/** Longer names are cut: a status stands under its node. */
const NAME = 24;

/**
 * The one grammar of all statuses that speak of a bank: `part v3 · 0.31 of 0.42 · ok`. Which bank, which figure, what it
 * means; what is not known is left out.
 */
export function statusText(bank: NamedBank | undefined, ...facts: (string | undefined)[]): string {
  return [bankText(bank), ...facts].filter(Boolean).join(" \u00b7 ");
}

/** @param threshold absent where there is none to compare with */
export function figureText(score: number, threshold?: number): string {
  return threshold === undefined ? formatScore(score) : `${formatScore(score)} of ${formatScore(threshold)}`;
}

/** Of a frame that says nothing of its part: why. @param cause as `msg.anomaly.health` has it */
export function unlikeText(cause: unknown): string {
  return typeof cause === "string" && cause !== "unlike" ? `unlike: ${cause}` : "unlike";
}

/** How far something has come, whole percent. */
export function progressText(doing: string, { done, total }: { done: number; total: number }): string {
  return `${doing} ${Math.floor((100 * done) / Math.max(1, total))} %`;
}

function bankText({ name, version }: NamedBank = {}): string {
  if (typeof name !== "string" || name === "") return "";
  const short = name.length > NAME ? `${name.slice(0, NAME - 1)}\u2026` : name;
  return typeof version === "number" ? `${short} v${version}` : short;
}
