import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./shared-data";

/** A sentence as the sources write it down: its key, and its text with `__name__` for each value. */
export interface WrittenSentence {
  key: string;
  text: string;
  file: string;
}

/** Every sentence that lib/ and nodes/ say, wherever it is written down. */
export function writtenSentences(): WrittenSentence[] {
  return ["lib", "nodes"].flatMap((room) =>
    readdirSync(join(ROOT, room), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) => sentencesIn(join(room, file))),
  );
}

function sentencesIn(file: string): WrittenSentence[] {
  const source = readFileSync(join(ROOT, file), "utf8");
  // In a comment it is an example.
  return [...source.matchAll(/(?<!`` )\bsentence`\[(\w+)\] /g)].map(({ 0: head, 1: key, index }) => ({
    key: key!,
    text: templateAt(source, index + head.length, file),
    file,
  }));
}

/** @param at where the template's text begins */
function templateAt(source: string, at: number, file: string): string {
  let text = "";
  for (let i = at; source[i] !== "`"; i++) {
    if (source[i] === "\\") {
      const escaped = source.slice(i).match(/^\\(?:u([0-9a-f]{4})|(.))/i)!;
      text += escaped[1] ? String.fromCharCode(Number.parseInt(escaped[1], 16)) : escaped[2];
      i += escaped[0].length - 1;
    } else if (source.startsWith("${", i)) {
      const name = /^\$\{\{ (\w+)/.exec(source.slice(i))?.[1];
      if (name === undefined) throw new Error(`${file}: a value without a name near "${text.slice(-40)}"`);
      text += `__${name}__`;
      i = endOfValue(source, i + 1);
    } else text += source[i];
  }
  return text;
}

/** @returns the place of the brace that closes the one at `start`; braces in strings are none of ours */
function endOfValue(source: string, start: number): number {
  let depth = 0;
  for (let i = start; ; i++) {
    if (source[i] === "{") depth++;
    else if (source[i] === "}" && --depth === 0) return i;
  }
}
