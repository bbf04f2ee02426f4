import type { Engine, RequestInput } from "../engine/requests";
import type { Dataset } from "./data/dataset";
import { drawRule } from "./data/draw";
import { counted, nameSome } from "./data/notes";
import { type Prepared, type Preprocessing, preprocessing } from "./data/preprocessing";
import { drawFigures } from "./draw-figures";
import type { Evaluation, LeftOut } from "./evaluation";
import { type RunContext, scoreBatch, scoreDraw } from "./run-draw";
import { TruthReader } from "./truth-reader";
import { verdictFigures } from "./verdicts";

export interface EvaluationOptions {
  /** Each evaluates everything. */
  backbones: readonly { name: string; spec: RequestInput<"build">["backbone"] }[];
  settings: RequestInput<"build">["settings"];
  /** Decides rotation and mask of each object in place of `settings`, and crops as the paper does unless told otherwise. */
  preprocess?: Preprocessing | undefined;
  /** Numbers of references to try; 0 compares the test images with one another. */
  shots: readonly number[];
  /** Draws of references for each number of shots. */
  seeds: number;
  /** False leaves out the pixel-level figures, which take some eight seconds for a hundred images of a megapixel. */
  pixels: boolean;
  /** Whether the first draw of each number of shots is also shown made defects, for half a minute at most. */
  madeDefects?: boolean;
  onProgress?: (progress: EvaluationProgress) => void;
}

export interface EvaluationProgress {
  object: string;
  backbone: string;
  shots: number;
  seed: number;
  /** Images scored, of all objects, backbones and draws. */
  done: number;
  total: number;
}

/**
 * Scores all test images of each object against banks of a few references, for each backbone, number of shots and draw.
 * The backbone sees each image once: the engine keeps the tokens, as far as they fit in half a gigabyte.
 * @throws {GoldenSampleError} BAD_REQUEST where an object has too few images for the shots, before anything is computed
 */
export async function* evaluate(
  engine: Pick<Engine, "call">,
  datasets: readonly Dataset[],
  options: EvaluationOptions,
): AsyncGenerator<Evaluation> {
  const { backbones, shots, seeds } = options;
  const rules = datasets.map(({ references, name }) => shots.map((k) => drawRule(references.length, k, seeds, name)));
  const draws = shots.reduce((sum, k) => sum + (k === 0 ? 1 : seeds), 0);
  const total = datasets.reduce((sum, { test }) => sum + test.length, 0) * backbones.length * draws;
  let done = 0;
  for (const [number, dataset] of datasets.entries()) {
    const truths = options.pixels ? new TruthReader() : undefined;
    const prepared: Partial<Prepared> = options.preprocess ? preprocessing(options.preprocess, dataset.name) : {};
    for (const { name: backbone, spec: asked } of backbones) {
      const spec = options.preprocess ? { ...asked, fit: asked.fit ?? "crop" } : asked;
      const context: RunContext = {
        engine,
        dataset,
        spec,
        settings: { ...options.settings, ...prepared },
        reuse: `evaluation ${process.pid} ${number} ${backbone}`,
      };
      for (const [i, k] of shots.entries()) {
        for (let seed = 0; seed < (k === 0 ? 1 : seeds); seed++) {
          const step = () => {
            options.onProgress?.({ object: dataset.name, backbone, shots: k, seed, done: ++done, total });
          };
          const scored =
            k === 0
              ? await scoreBatch(context, step)
              : await scoreDraw(
                  context,
                  { k, seed, rule: rules[number]![i]!, madeDefects: seed === 0 && options.madeDefects === true },
                  step,
                );
          const figures = await drawFigures(scored.images, truths);
          const notes = [...dataset.notes, ...unreadableNotes(scored.unreadable), ...figures.notes];
          const verdicts = verdictFigures({ ...scored, shots: k });
          yield { object: dataset.name, backbone, shots: k, seed, ...scored, ...figures, ...verdicts, notes };
        }
      }
    }
  }
}

function unreadableNotes(unreadable: readonly LeftOut[]): string[] {
  if (unreadable.length === 0) return [];
  const be = unreadable.length === 1 ? "it is" : "they are";
  return [
    `${counted(unreadable.length, "test image")} could not be read, so ${be} in no figure: ${nameSome(unreadable.map(({ path }) => path))}`,
  ];
}
