import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/shared-data";

type Catalogue = { [key: string]: string | Catalogue };

/** Wherever the repository keeps texts: one folder a language. */
const FOLDERS = [
  join(ROOT, "locales"),
  ...readdirSync(join(ROOT, "packages"))
    .map((name) => join(ROOT, "packages", name, "node", "locales"))
    .filter((folder) => existsSync(folder)),
];
const WANTED = ["de", "en-US", "ja", "zh-CN"];

/** Words that a language shares with English. */
const SHARED = new Set(["Name", "Version", "Token", "Port", "Backbone", "Bank", "ms", "px", "Status", "Region"]);

const textsOf = (catalogue: Catalogue, prefix = ""): [string, string][] =>
  Object.entries(catalogue).flatMap(([key, value]) =>
    typeof value === "string" ? [[prefix + key, value] as [string, string]] : textsOf(value, `${prefix}${key}.`),
  );

const valuesIn = (text: string) => text.match(/__\w+?__/g)?.sort() ?? [];
const textsIn = (file: string) => new Map(textsOf(JSON.parse(readFileSync(file, "utf8")) as Catalogue));

describe("texts in all languages", () => {
  for (const folder of FOLDERS) {
    const english = join(folder, "en-US");
    const name = folder.slice(ROOT.length + 1);

    it(`${name} has every language with the same files`, () => {
      assert.deepEqual(readdirSync(folder).sort(), WANTED);
      for (const language of WANTED) assert.deepEqual(readdirSync(join(folder, language)), readdirSync(english));
    });

    for (const language of WANTED.filter((language) => language !== "en-US"))
      for (const file of readdirSync(english)) {
        const [here, there] = [join(folder, language, file), join(english, file)];
        it(`${name}/${language}/${file} says all that English says, in its own words`, () => {
          if (file.endsWith(".html")) {
            const helps = [here, there].map((path) => readFileSync(path, "utf8"));
            const codes = helps.map((help) => [...new Set(help.match(/<code>(msg|payload|anomaly)\.[\w.]+/g))].sort());
            assert.deepEqual(codes[0], codes[1]);
            assert.notEqual(helps[0], helps[1]);
            return;
          }
          const [own, theirs] = [textsIn(here), textsIn(there)];
          assert.deepEqual([...own.keys()].sort(), [...theirs.keys()].sort());
          for (const [key, text] of own) {
            const original = theirs.get(key)!;
            assert.notEqual(text.trim(), "", key);
            assert.deepEqual(valuesIn(text), valuesIn(original), key);
            // Without its values and marks there may be no word left.
            const isWordless = !/\p{L}/u.test(original.replace(/__\w+?__/g, ""));
            assert.ok(text !== original || SHARED.has(text) || isWordless, `${key} is an untranslated copy: ${text}`);
          }
        });
      }
  }
});
