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

/** In English. */
export function textOf(said: SentenceValue): string {
  return typeof said === "object" ? said.text : String(said);
}
