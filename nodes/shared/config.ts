import { GoldenSampleError, type Sentence, sentence } from "../../lib";

/**
 * Readers for a node's settings. The editor, imported flows and environment variables give strings where numbers or
 * booleans are meant; what cannot be read is an error in one sentence, never a silent default.
 */

const wrong = (message: Sentence) => new GoldenSampleError("BAD_REQUEST", message);

/** Absent and empty settings, as flows of earlier versions have them. */
const isAbsent = (value: unknown) => value === undefined || value === null || value === "";

export function text(value: unknown, fallback: string): string {
  return isAbsent(value) ? fallback : String(value).trim();
}

export function flag(value: unknown, fallback = false): boolean {
  if (isAbsent(value)) return fallback;
  return value === true || value === "true";
}

export interface Range {
  from?: number;
  to?: number;
  whole?: boolean;
}

/** @param label what the setting is called in the dialog, for the error */
export function number(value: unknown, fallback: number, label: string, { from, to, whole }: Range = {}): number {
  if (isAbsent(value)) return fallback;
  const parsed = typeof value === "number" ? value : Number(String(value).trim());
  const low = from ?? Number.NEGATIVE_INFINITY;
  const high = to ?? Number.POSITIVE_INFINITY;
  if (Number.isFinite(parsed) && parsed >= low && parsed <= high && (!whole || Number.isInteger(parsed))) return parsed;
  throw wrong(
    sentence`[settingNumber] The setting "${{ setting: label }}" is ${{ value: shown(value) }}: enter ${{ kind: kindOf(from, to, whole) }}.`,
  );
}

/** What numbers a setting takes. */
function kindOf(from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, whole = false): Sentence {
  if (from === Number.NEGATIVE_INFINITY && to === Number.POSITIVE_INFINITY)
    return whole ? sentence`[wholeNumber] a whole number` : sentence`[number] a number`;
  if (to === Number.POSITIVE_INFINITY)
    return whole
      ? sentence`[wholeNumberFrom] a whole number from ${{ from }}`
      : sentence`[numberFrom] a number from ${{ from }}`;
  if (from === Number.NEGATIVE_INFINITY)
    return whole ? sentence`[wholeNumberTo] a whole number to ${{ to }}` : sentence`[numberTo] a number to ${{ to }}`;
  return whole
    ? sentence`[wholeNumberFromTo] a whole number from ${{ from }} to ${{ to }}`
    : sentence`[numberFromTo] a number from ${{ from }} to ${{ to }}`;
}

export function choice<const T extends string>(value: unknown, allowed: readonly T[], fallback: T, label: string): T {
  if (isAbsent(value)) return fallback;
  const found = allowed.find((item) => item === value);
  if (found !== undefined) return found;
  throw wrong(
    sentence`[settingChoice] The setting "${{ setting: label }}" is ${{ value: shown(value) }}: choose ${{ choices: allowed.join(", ") }}.`,
  );
}

/** An array, or its JSON text. */
export function list(value: unknown, label: string): unknown[] {
  if (isAbsent(value)) return [];
  const parsed = typeof value === "string" ? parse(value) : value;
  if (Array.isArray(parsed)) return parsed;
  throw wrong(
    sentence`[settingList] The setting "${{ setting: label }}" is no list: write it as JSON, for example [[[0, 0], [1, 0], [1, 1]]].`,
  );
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/**
 * Reads settings when the node is made, but speaks of what is wrong with them when they are used: a node that throws
 * while it is made vanishes from the flow, one that answers every message with the reason can be mended.
 */
export function deferred<T>(make: () => T): () => T {
  try {
    const value = make();
    return () => value;
  } catch (thrown) {
    return () => {
      throw thrown;
    };
  }
}

/** A value as a sentence quotes it: who made it an object cannot tell which by its text. */
export function shown(value: unknown): string | Sentence {
  if (typeof value === "object" || typeof value === "function") return sentence`[noTextOrNumber] no text or number`;
  return `"${String(value).slice(0, 40)}"`;
}
