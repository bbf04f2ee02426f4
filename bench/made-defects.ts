import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type RequestInput, requests } from "../lib/engine/requests";
import { EngineClient } from "../lib/engine/supervisor/client";
import { drawReferences } from "../lib/evaluate/data/draw";
import { readDatasets } from "../lib/evaluate/data/read-datasets";
import { agreement, type Measured } from "./agreement";

/**
 * Do made defects tell what a bank would find of real ones? For each folder in MVTec layout, backbone, resolution and
 * draw of eight references one JSON line: what the references, the made defects, the good and the defective parts score.
 * `node dist/bench/made-defects.js DIR... [--backbone texture,FILE] [--resolution 160,320] [--seeds 2] [--count 160]`,
 * and at the end how well the two agree.
 */
const SHOTS = 8;
/** Real parts of a kind that are scored, at most. */
const PARTS = 24;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      backbone: { type: "string", default: "texture" },
      resolution: { type: "string", default: "160,320" },
      seeds: { type: "string", default: "2" },
      count: { type: "string", default: "160" },
    },
  });
  const [seeds, count] = [Number(values.seeds), Number(values.count)];
  const datasets = (await Promise.all(positionals.map(readDatasets))).flat();
  const folder = await mkdtemp(join(tmpdir(), "golden-sample-bench-"));
  const engine = new EngineClient();
  const measured: Measured[] = [];
  const call = async <M extends "build" | "score" | "madeDefects">(method: M, request: RequestInput<M>) =>
    engine.call(method, requests[method].schema.parse(request) as never);
  try {
    for (let seed = 0; seed < seeds; seed++)
      for (const { name, references, test } of datasets)
        for (const model of values.backbone.split(","))
          for (const resolution of values.resolution.split(",").map(Number)) {
            const backbone = { model, resolution, threads: 1 };
            const bank = { file: join(folder, "bank.safetensors") };
            const own = drawReferences(references, SHOTS, seed, "at random").map(source);
            const { calibration } = await call("build", {
              bank,
              backbone,
              settings: { place: "auto" },
              references: own,
            });
            const made = await call("madeDefects", { bank, backbone, references: own, count, seconds: 3600 });
            const types: Record<string, number[]> = {};
            for (const type of new Set(test.map((image) => image.type))) {
              const images = evenly(
                test.filter((image) => image.type === type),
                PARTS,
              );
              types[type] = [];
              for (const { path } of images)
                types[type].push((await call("score", { image: source(path), backbone, bank })).score);
            }
            const point = { set: name, calibration, made: made.defects, types };
            measured.push(point);
            console.log(JSON.stringify({ ...point, model, resolution, seed, finer: made.finer }));
          }
    for (const line of agreement(measured)) console.log(JSON.stringify(line));
  } finally {
    engine.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const source = (path: string) => ({ kind: "path" as const, path });

function evenly<T>(all: readonly T[], most: number): T[] {
  const step = Math.max(1, all.length / most);
  return Array.from({ length: Math.min(most, all.length) }, (_, i) => all[Math.floor(i * step)]!);
}

main().catch((thrown: unknown) => {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exitCode = 1;
});
