/** A sentence as lib/ hands it over, written down here once more: the editor's code, which speaks too, cannot see lib/. */
export interface Spoken {
  readonly key: string;
  readonly values: Readonly<Record<string, string | number | Spoken>>;
  readonly text: string;
}

/** Whose catalogue has the sentences of the whole package: once, for Node-RED loads each node's for itself. */
const CATALOGUE = "@golden-sample/node-red-anomaly/anomaly-bank";

/** Node-RED's translator: `RED` itself, of the runtime or of the editor. */
export interface Translator {
  _(id: string, values?: Record<string, string>): string;
}

/**
 * A sentence in the translator's language. The runtime's is `lang` in Node-RED's settings, else that of its environment;
 * the editor's is its user's. English where no catalogue has it.
 */
export function say(RED: Translator, said: string | number | Spoken): string {
  if (typeof said !== "object") return String(said);
  const { key, values, text } = said;
  const own = Object.entries(values).map(([name, value]) => [name, say(RED, value)]);
  const found = RED._(`${CATALOGUE}:sentence.${key}`, Object.fromEntries(own) as Record<string, string>);
  // What is not found comes back as it was asked for.
  return found.endsWith(`sentence.${key}`) ? text : found;
}
