import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine, RequestInput } from "../engine/api";
import { GoldenSampleError } from "../errors";
import type { Dataset } from "./dataset";
import { auroc, averagePrecision, f1Max, type Labelled } from "./metrics";

export interface EvaluationOptions {
  backbone: RequestInput<"build">["backbone"];
  settings: RequestInput<"build">["settings"];
  /** Numbers of references to try. */
  shots: readonly number[];
  /** Draws of references a number of shots: draw s takes the references s*k to (s+1)*k - 1, as the authors' code. */
  seeds: number;
  onProgress?: (progress: { shots: number; seed: number; done: number; total: number }) => void;
}

/** One draw of references, every test image scored. */
export interface Evaluation {
  shots: number;
  seed: number;
  /** Image-level figures, 0..1. */
  imageAuroc: number;
  averagePrecision: number;
  f1Max: number;
  images: { path: string; type: string; score: number; milliseconds: number }[];
}

/**
 * Scores all test images of a data set against banks of a few references each.
 * @throws {GoldenSampleError} BAD_REQUEST where the data set has too few references for the shots asked for
 */
export async function* evaluate(
  engine: Pick<Engine, "call">,
  dataset: Dataset,
  options: EvaluationOptions,
): AsyncGenerator<Evaluation> {
  for (const shots of options.shots) {
    for (let seed = 0; seed < options.seeds; seed++) {
      const references = dataset.references.slice(seed * shots, (seed + 1) * shots);
      if (references.length < shots) {
        throw new GoldenSampleError(
          "BAD_REQUEST",
          `Draw ${seed + 1} of ${shots} references needs ${(seed + 1) * shots} images in train/good and there are ${dataset.references.length}: lower --shots or --seeds.`,
        );
      }
      yield await evaluateDraw(engine, dataset, references, { ...options, shots, seed });
    }
  }
}

async function evaluateDraw(
  engine: Pick<Engine, "call">,
  { test }: Dataset,
  references: readonly string[],
  { backbone, settings, shots, seed, onProgress }: Omit<EvaluationOptions, "shots"> & { shots: number; seed: number },
): Promise<Evaluation> {
  const bank = { file: join(tmpdir(), `golden-sample-${randomBytes(6).toString("hex")}.safetensors`) };
  try {
    const sources = references.map((path) => ({ kind: "path" as const, path }));
    await engine.call("build", { bank, backbone, settings, references: sources });
    const images: Evaluation["images"] = [];
    for (const [done, { path, type }] of test.entries()) {
      const { score, timing } = await engine.call("score", { image: { kind: "path", path }, backbone, bank });
      images.push({ path, type, score, milliseconds: timing.total });
      onProgress?.({ shots, seed, done: done + 1, total: test.length });
    }
    const labelled: Labelled[] = images.map(({ score, type }) => ({ score, defective: type !== "good" }));
    return {
      shots,
      seed,
      imageAuroc: auroc(labelled),
      averagePrecision: averagePrecision(labelled),
      f1Max: f1Max(labelled).f1,
      images,
    };
  } finally {
    await rm(bank.file, { force: true });
  }
}
