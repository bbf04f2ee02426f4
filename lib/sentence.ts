/** What a sentence says of the case at hand: figures, names, or another sentence. */
export type SentenceValue = string | number | Sentence;

/**
 * A sentence for people. The English is what logs, the command line and tests have; whoever speaks another language
 * makes the sentence from its catalogue by `key`, with the same values. Plain data: it goes from process to process.
 */
export interface Sentence {
  /** Of this sentence alone, and stable: catalogues have it. */
  readonly key: string;
  readonly values: Readonly<Record<string, SentenceValue>>;
  /** In English. */
  readonly text: string;
}

/** `[key] ` at the start of a template. */
const KEY = /^\[(\w+)\] /;

/**
 * Writes a sentence down where it is said, with its key before it and each value under its name:
 * `` sentence`[tooLong] It has ${{ length }} characters: use fewer.` ``
 */
export function sentence(
  parts: TemplateStringsArray,
  ...named: readonly Readonly<Record<string, SentenceValue>>[]
): Sentence {
  const [head, key] = KEY.exec(parts[0]!)!;
  const said = named.map((each, i) => textOf(Object.values(each)[0]!) + parts[i + 1]!);
  return {
    key: key!,
    values: Object.assign({}, ...named) as Sentence["values"],
    text: parts[0]!.slice(head.length) + said.join(""),
  };
}

/** A text without a key, which is the same in every language: see `plain`. */
export interface PlainText {
  readonly plain: string;
}

/**
 * What no catalogue has: of the command line and of the library's own calls, which speak English alone, of a fault within this
 * package, or what was put into its language already. Tests know where.
 */
export const plain = (text: string): PlainText => ({ plain: text });

/** Sentences one after the other. */
export function together(first: Sentence, ...more: readonly Sentence[]): Sentence {
  return more.reduce((before, next) => sentence`[together] ${{ before }} ${{ next }}`, first);
}

/** As results have a reason: in English, and what other languages make it from. */
export function saidOf(said: Sentence): { reason: string; sentence: Sentence };
export function saidOf(said: Sentence | undefined): { reason: string; sentence: Sentence } | undefined;
export function saidOf(said: Sentence | undefined) {
  return said && { reason: said.text, sentence: said };
}

/** The same, of results that call it words. */
export const inWords = (said: Sentence) => ({ words: said.text, sentence: said });

/** In English. */
export function textOf(said: SentenceValue): string {
  return typeof said === "object" ? said.text : String(said);
}

/** A score or threshold as sentences name it. */
export const shortScore = (score: number, digits = 3): string => score.toPrecision(digits);
