import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GoldenSampleError, sentence } from "../../lib";
import { fromWire, toWire } from "../../lib/engine/ipc/wire";
import { say, type Translator } from "../../nodes/shared/language";
import { inLanguage } from "../../nodes/shared/listen";
import { writtenSentences } from "../support/sentences";
import { ROOT } from "../support/shared-data";

const catalogueOf = (language: string) =>
  (JSON.parse(readFileSync(join(ROOT, "locales", language, "sentences.json"), "utf8")) as Catalogue).sentence;
interface Catalogue {
  sentence: Record<string, string>;
}

/** What Node-RED's translator takes for orders of its own. */
const RESERVED = [
  "count",
  "context",
  "lng",
  "ns",
  "replace",
  "defaultValue",
  "ordinal",
  "interpolation",
  "postProcess",
];

/** As Node-RED's own translator: a key that is not found comes back without its catalogue. */
function translator(texts: Readonly<Record<string, string>>) {
  return {
    _: (id: string, values?: Record<string, unknown> | string) => {
      const key = id.slice(id.indexOf(":") + 1);
      const text = texts[key.replace("sentence.", "")];
      return text === undefined ? key : text.replace(/__(\w+?)__/g, (_, name) => String(Object(values)[name]));
    },
  } satisfies Translator;
}

describe("what is said at run time", () => {
  it("stands in the English catalogue word for word, each sentence under a key of its own", () => {
    const written = writtenSentences();
    const inSources = new Map<string, string>();
    for (const { key, text, file } of written) {
      assert.equal(inSources.get(key) ?? text, text, `${file}: [${key}] says two things`);
      inSources.set(key, text);
      for (const name of RESERVED) assert.ok(!text.includes(`__${name}__`), `${file}: [${key}] names a value ${name}`);
    }
    const english = catalogueOf("en-US");
    for (const [key, text] of inSources) assert.equal(english[key], text, key);
    assert.deepEqual(Object.keys(english).sort(), [...inSources.keys()].sort());
  });

  it("is said in the language of Node-RED, sentences in it too, and in English where that has none", () => {
    const inner = sentence`[bankNotBuilt] The bank could not be built`;
    const error = new GoldenSampleError("INTERNAL", sentence`[failed] ${{ task: inner }}: ${{ why: "$t(x) __why__" }}`);
    const german = translator(catalogueOf("de"));
    assert.equal(say(german, error.sentence!), "Die Bank ließ sich nicht bauen: $t(x) __why__");
    const said = inLanguage(german, error);
    assert.deepEqual([said.code, said.cause], ["INTERNAL", error]);
    assert.equal(inLanguage(translator({}), error), error);
    assert.equal(say(translator({}), error.sentence!), "The bank could not be built: $t(x) __why__");
  });

  it("keeps its key and values on the way from the engine's process", () => {
    const sent = new GoldenSampleError("BAD_IMAGE", sentence`[rowsMissing] rows are missing`);
    const came = fromWire(structuredClone(toWire(sent)));
    assert.deepEqual([came.message, came.sentence], [sent.message, sent.sentence]);
  });
});
