import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DEFECTS, type Defect, renderPart } from "./demo/part";

/**
 * Writes the demo's parts as a folder in MVTec layout, which docs/performance.md was measured on:
 * `node dist/scripts/render-parts.js DIR` gives 16 references, 40 good parts and 8 of each defect.
 */
const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("Name the folder to write to.");

async function write(kind: string, seed: number, defect?: Defect): Promise<void> {
  await mkdir(join(folder!, kind), { recursive: true });
  await writeFile(join(folder!, kind, `${seed}.jpg`), await renderPart(seed, defect));
}

async function main(): Promise<void> {
  for (let i = 0; i < 16; i++) await write("train/good", 1000 + i);
  for (let i = 0; i < 40; i++) await write("test/good", 2000 + i);
  for (const [kind, defect] of DEFECTS.entries()) {
    for (let i = 0; i < 8; i++) await write(`test/${defect}`, 3000 + 100 * kind + 7 * i, defect);
  }
}

void main();
