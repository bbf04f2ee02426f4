import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { checkBankName } from "../../nodes/shared/bank-handle";
import { text } from "../../nodes/shared/config";
import { ROOT } from "../support/shared-data";

interface Manifest {
  name: string;
  "node-red": { nodes: Record<string, string> };
}
type Catalogue = { [key: string]: string | Catalogue };

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;
const LANGUAGES = readdirSync(join(ROOT, "locales"));
const SOURCES = readdirSync(join(ROOT, "nodes", "shared")).map((file) => join(ROOT, "nodes", "shared", file));

/** `a.b` for every text of a catalogue. */
function keysOf(catalogue: Catalogue, prefix = ""): string[] {
  return Object.entries(catalogue)
    .flatMap(([key, value]) => (typeof value === "string" ? [prefix + key] : keysOf(value, `${prefix}${key}.`)))
    .sort();
}

const wordsIn = (text: string) => text.match(/__\w+?__/g)?.sort() ?? [];

function textAt(catalogue: Catalogue, key: string): unknown {
  return key.split(".").reduce<unknown>((value, part) => (value as Catalogue | undefined)?.[part], catalogue);
}

interface Definition {
  defaults: Record<string, { validate?: (value: unknown, options: object) => unknown }>;
}

/** What the script of a dialog registers. */
function definitionIn(html: string): Definition {
  const script = /<script type="text\/javascript">([\s\S]*)<\/script>/.exec(html)![1]!;
  let found: Definition | undefined;
  const nodes = { registerType: (_: string, definition: Definition) => (found = definition) };
  runInNewContext(script, { RED: { nodes, events: { on: () => {} }, _: (key: string) => key } });
  return found!;
}

/** Settings that are drawn, not entered into a field. */
const DRAWN = ["include", "exclude"];

describe("dialogs, catalogues and help", () => {
  for (const [type, script] of Object.entries(manifest["node-red"].nodes)) {
    const folder = join(ROOT, script, "..");
    const name = type.replace("anomaly-", "");
    const html = () => readFileSync(join(folder, `${name}.html`), "utf8");
    const catalogue = (language: string) =>
      JSON.parse(readFileSync(join(folder, "locales", language, `${name}.json`), "utf8")) as Catalogue;

    describe(type, () => {
      it("registers itself literally and inline", () => {
        assert.match(html(), new RegExp(`RED\\.nodes\\.registerType\\("${type}", \\{`));
        assert.match(html(), new RegExp(`<script type="text/html" data-template-name="${type}">`));
        assert.doesNotMatch(html(), /\/\/@inline|^\s*import\b|\bexports\b/m);
      });

      it("has one field for every setting", () => {
        const fields = [...html().matchAll(/id="node-(?:config-)?input-(\w+)"/g)].map(([, field]) => field!);
        assert.equal(new Set(fields).size, fields.length);
        for (const setting of Object.keys(definitionIn(html()).defaults))
          assert.ok(fields.includes(setting) || DRAWN.includes(setting), setting);
      });

      it("gives reasons in a way that the editor does not take for valid", () => {
        // With one parameter a validator's sentence is a truthy value and no more.
        for (const [setting, { validate }] of Object.entries(definitionIn(html()).defaults))
          if (validate) assert.equal(validate.length, 2, setting);
      });

      it("has an icon of its own and a category without hyphen", () => {
        const icon = /icon: "([^"]+)"/.exec(html())?.[1];
        assert.equal(icon, `golden-sample-${name}.svg`);
        assert.ok(existsSync(join(folder, "icons", icon)));
        assert.ok(["config", "golden sample"].includes(/category: "([^"]+)"/.exec(html())![1]!));
      });

      it("uses no fixed colours in its form", () => {
        const form = html().slice(0, html().indexOf("registerType"));
        assert.doesNotMatch(form, /#[0-9a-f]{3,8}\b(?!-)|rgba?\(/i);
      });

      it("has every text that it uses", () => {
        const attributes = [...html().matchAll(/data-i18n="(?:\[\w+\])?([^"]+)"/g)].map(([, key]) => key!);
        const calls = [...html().matchAll(/words\((?:TYPE|this\.type|type), "([^"]+)"/g)].map(([, key]) => key!);
        const used = [...attributes, ...calls].filter((key) => !key.startsWith("node-red:"));
        assert.ok(used.length > 3);
        for (const key of used) assert.equal(typeof textAt(catalogue("en-US"), key), "string", key);
      });

      for (const language of LANGUAGES) {
        it(`is complete in ${language}`, () => {
          const [here, english] = [catalogue(language), catalogue("en-US")];
          assert.deepEqual(keysOf(here), keysOf(english));
          for (const key of keysOf(here)) {
            assert.notEqual(textAt(here, key), "", key);
            assert.deepEqual(wordsIn(textAt(here, key) as string), wordsIn(textAt(english, key) as string), key);
          }
          assert.ok(textAt(here, "palette.label.golden_sample"));
        });

        it(`has help in ${language}`, () => {
          const help = readFileSync(join(folder, "locales", language, `${name}.html`), "utf8");
          assert.match(help, new RegExp(`^<script type="text/html" data-help-name="${type}">\\s*<p>[^<]+[.。]</p>`));
          const sections = [...help.matchAll(/<h3>/g)].length;
          assert.equal(sections, html().includes('category: "config"') ? 2 : 4);
          for (const tag of ["p", "dl", "dt", "dd", "ul", "ol", "li", "code", "b", "h3", "span", "pre", "script"]) {
            const [open, close] = [`<${tag}[ >]`, `</${tag}>`].map((part) => help.match(new RegExp(part, "g"))?.length);
            assert.equal(open, close, tag);
          }
        });
      }
    });
  }

  it("take and refuse a bank's name as its node does when a frame comes", () => {
    const html = readFileSync(join(ROOT, manifest["node-red"].nodes["anomaly-bank"]!, "..", "bank.html"), "utf8");
    const { validate } = definitionIn(html).defaults.name!;
    const names = ["part", "part-1.b_C", " part ", "", "  ", "a/b", "..", ".a", "a.", "con", "NUL.txt", "x".repeat(64)];
    for (const name of [...names, "x".repeat(65), "näme", "-a", "lpt1", "console"]) {
      let taken = true;
      try {
        checkBankName(text(name, ""));
      } catch {
        taken = false;
      }
      assert.equal(validate!(name, {}) === true, taken, JSON.stringify(name));
    }
  });

  it("have a short word for every status", () => {
    const used = SOURCES.flatMap((file) => readFileSync(file, "utf8").match(/"status\.\w+"/g) ?? []);
    for (const language of LANGUAGES) {
      const shared = JSON.parse(readFileSync(join(ROOT, "locales", language, "shared.json"), "utf8")) as Catalogue;
      for (const key of used.map((quoted) => quoted.slice(1, -1))) {
        const word = textAt(shared, key);
        assert.ok(typeof word === "string" && word.length < 20 && key.length < 20, `${language} ${key}: ${word}`);
      }
    }
  });
});
