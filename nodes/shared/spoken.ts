import { type Spoken, say, type Translator } from "./language";

/** The names under which results have words for people, in English; the sentence that they are made from lies beside them. */
const WORDS = ["words", "reason", "message"] as const;

/**
 * A result of lib/ as a message carries it: its words in the language of this Node-RED, without the sentences they are made
 * from. Buffers and arrays of numbers stay the ones that they are.
 */
export function spoken<T>(RED: Translator, result: T): T {
  if (Array.isArray(result))
    return (typeof result[0] === "object" ? result.map((each) => spoken(RED, each)) : result) as T;
  if (!isPlain(result)) return result;
  const { sentence, sentences, ...rest } = result;
  const said = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, spoken(RED, value)]));
  if (isSpoken(sentence)) for (const name of WORDS) if (name in said) said[name] = say(RED, sentence);
  if (Array.isArray(sentences) && "advice" in said) said.advice = sentences.map((each: Spoken) => say(RED, each));
  return said as T;
}

/** The same of these fields of a result alone: it may be large. */
export function spokenIn<T extends object>(RED: Translator, result: T, ...names: (keyof T)[]): T {
  const said = { ...result };
  for (const name of names) if (name in said) said[name] = spoken(RED, said[name]);
  return said;
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

const isSpoken = (value: unknown): value is Spoken => isPlain(value) && typeof value.key === "string";
