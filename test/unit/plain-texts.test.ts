import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/shared-data";

/** Where an error may be said without a key: whoever reads it reads English, or it has been translated already. */
const WITHOUT_KEY: Readonly<Record<string, string>> = {
  "cli/offline-bundle.ts": "the command line speaks English",
  "cli/offline/npm.ts": "the command line speaks English",
  "cli/threshold.ts": "the command line speaks English",
  "cli/write-result.ts": "the command line speaks English",
  "lib/evaluate/data/draw.ts": "evaluate is the command line's",
  "lib/evaluate/data/read-datasets.ts": "evaluate is the command line's",
  "lib/inspector.ts": "a wrong call, for the programmer",
  "lib/bank/coreset.ts": "a fault of our own",
  "lib/train/create-training.ts": "a fault of our own",
  "lib/engine/ipc/wire.ts": "an error of another process as it came",
  "lib/files/reader-process.ts": "an error of another process as it came",
  "lib/runtime/threads/wire.ts": "an error of another thread as it came",
  "nodes/batch/batch.ts": "an error of another process as it came",
  "nodes/shared/listen.ts": "it is in the user's language",
};

/** Where a result's words stand in English alone. */
const ENGLISH_WORDS: Readonly<Record<string, string>> = {};

const sources = ["lib", "nodes", "cli"].flatMap((room) =>
  readdirSync(join(ROOT, room), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(room, file).replaceAll("\\", "/")),
);
const textOfFile = (file: string) => readFileSync(join(ROOT, file), "utf8");

/** Files whose source has what the pattern looks for, comments left out. */
const having = (pattern: RegExp, among = sources) =>
  among.filter((file) => pattern.test(textOfFile(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ""))).sort();

describe("what users read", () => {
  it("has a key wherever an error is made, but where English or a translation is meant", () => {
    // The compiler takes nothing else than a sentence with a key, or what goes through `plain`.
    const found = having(/(?<![.\w]|const )plain\((?!\))/).filter(
      (file) => file !== "lib/sentence.ts" && usesPlain(file),
    );
    assert.deepEqual(found, Object.keys(WITHOUT_KEY).sort());
  });

  it("has a key wherever a result has words, a reason or advice", () => {
    const written = having(/\b(?:words|reason|advice): *(?:"[^"]|'[^']|`[^`])/, inNodes());
    assert.deepEqual(written, Object.keys(ENGLISH_WORDS).sort());
  });

  it("has a word for the status of every error code, in every language", () => {
    const codes = [...textOfFile("lib/errors.ts").matchAll(/^ {2}\| "(\w+)"/gm)].map(([, code]) => code!);
    assert.ok(codes.length > 10);
    const words = textOfFile("nodes/shared/status-light.ts");
    for (const code of codes) {
      const key = new RegExp(`^ {2}${code}: "status\\.(\\w+)"`, "m").exec(words)?.[1];
      assert.ok(key, code);
      for (const language of readdirSync(join(ROOT, "locales"))) {
        const { status } = JSON.parse(textOfFile(`locales/${language}/shared.json`)) as {
          status: Record<string, string>;
        };
        assert.ok(status[key!], `${language}: ${key}`);
      }
    }
  });
});

/** Some have a function of that name of their own. */
const usesPlain = (file: string) => /import [^;]*\bplain\b[^;]* from "[./]+(?:lib|sentence)"/.test(textOfFile(file));

/** All but the command line's own. */
const inNodes = () => sources.filter((file) => !/^(cli|lib\/(evaluate|doctor))\//.test(file));
