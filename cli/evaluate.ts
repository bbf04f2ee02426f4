import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Engine, type Evaluation, evaluate as evaluateDataset, readDataset } from "../lib";
import { type Arguments, backboneOf, settingsOf, whole } from "./arguments";
import type { Output } from "./output";
import { UsageError } from "./usage";

/** Image-level figures on a folder in MVTec layout, for numbers of shots and draws of references. */
export async function evaluate(engine: Engine, { values, operands }: Arguments, output: Output): Promise<number> {
  const { data, report } = values;
  if (data === undefined || operands.length > 0)
    throw new UsageError("evaluate needs --data and nothing besides options.");
  const shots = (values.shots ?? "1,2,4,8").split(",").map((text) => whole("shots", text.trim()));
  const seeds = whole("seeds", values.seeds ?? "1");
  const dataset = await readDataset(data);
  const all: Evaluation[] = [];
  const draws = evaluateDataset(engine, dataset, {
    backbone: backboneOf(values),
    settings: settingsOf(values),
    shots,
    seeds,
    onProgress: output.progress("scoring"),
  });
  for await (const result of draws) {
    all.push(result);
    const { shots: k, seed, imageAuroc, averagePrecision, f1Max, images } = result;
    const milliseconds = median(images.map((image) => image.milliseconds));
    output.record(
      { shots: k, seed, imageAuroc, averagePrecision, f1Max, images: images.length, milliseconds },
      `${k} shots, draw ${seed + 1}: image AUROC ${imageAuroc.toFixed(4)}, AP ${averagePrecision.toFixed(4)}, ` +
        `F1-max ${f1Max.toFixed(4)} (${images.length} images, median ${milliseconds.toFixed(1)} ms)`,
    );
  }
  if (report !== undefined) {
    await mkdir(report, { recursive: true });
    await writeFile(join(report, "evaluation.json"), JSON.stringify(all, null, 2));
  }
  return 0;
}

function median(values: number[]): number {
  const sorted = values.sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}
