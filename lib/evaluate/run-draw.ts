import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ScoreResult } from "../engine/frames/score-frame";
import type { Engine, RequestInput } from "../engine/requests";
import type { BuildProgress } from "../engine/requests/schemas";
import { GoldenSampleError } from "../errors";
import { briefOf, findsOf } from "../made-defects/finds";
import { defaultThreshold } from "../threshold/default-threshold";
import type { Dataset, TestImage } from "./data/dataset";
import { type DrawRule, drawReferences } from "./data/draw";
import type { Evaluation, ScoredImage } from "./evaluation";

export interface RunContext {
  engine: Pick<Engine, "call">;
  dataset: Dataset;
  spec: RequestInput<"build">["backbone"];
  settings: RequestInput<"build">["settings"];
  /** Under which the engine keeps the images' tokens. */
  reuse: string;
}

/** What a draw's inspection found, before it is judged. */
export type Scored = Pick<
  Evaluation,
  "draw" | "references" | "rotate" | "masking" | "calibration" | "images" | "unreadable" | "finds"
>;

/** Frames asked for at a time: the engine decodes one while it infers another. */
const PARALLEL = 2;

/** Builds a bank of a draw's references in a temporary file and scores every test image with it. */
export async function scoreDraw(
  { engine, dataset, spec, settings, reuse }: RunContext,
  { k, seed, rule, madeDefects }: { k: number; seed: number; rule: DrawRule; madeDefects: boolean },
  step: () => void,
): Promise<Scored> {
  const references = drawReferences(dataset.references, k, seed, rule);
  const bank = { file: join(tmpdir(), `golden-sample-${randomBytes(6).toString("hex")}.safetensors`) };
  try {
    const sources = references.map((path) => ({ kind: "path" as const, path }));
    const built = await engine.call("build", { bank, backbone: spec, settings, references: sources, reuse });
    const score = ({ path }: TestImage) =>
      engine.call("score", { image: { kind: "path", path }, backbone: spec, bank, map: true, reuse });
    return {
      draw: rule,
      references,
      rotate: settings.rotate ?? false,
      masking: built.mask.reason,
      calibration: built.calibration,
      ...(await scoreAll(dataset.test, score, step)),
      ...(madeDefects && (await madeFinds())),
    };
    // After the test images: their tokens, which the next draw takes from memory, have the first claim on it.
    async function madeFinds(): Promise<Pick<Evaluation, "finds">> {
      if (built.calibration.length < 2 || k < 2) return {};
      const made = await engine.call("madeDefects", { bank, backbone: spec, references: sources });
      const finds = findsOf(briefOf(made), defaultThreshold(built.calibration, false).threshold);
      return finds ? { finds } : {};
    }
  } finally {
    await rm(bank.file, { force: true });
  }
}

/** Compares the test images with one another; no reference is used. */
export async function scoreBatch(
  { engine, dataset, spec, settings, reuse }: RunContext,
  step: () => void,
): Promise<Scored> {
  const { test } = dataset;
  const images = test.map(({ path }) => ({ image: { kind: "path" as const, path } }));
  // Progress counts an image twice, when it is read and when it is compared.
  let shown = 0;
  const onProgress = ({ done, phase }: BuildProgress) => {
    for (; phase === undefined && shown < done / 2; shown++) step();
  };
  const { results } = await engine.call(
    "batch",
    { images, backbone: spec, foreground: settings.mask, smallest: settings.smallest, map: true, reuse },
    { onProgress },
  );
  const scored: ScoredImage[] = [];
  const unreadable: Scored["unreadable"] = [];
  let masking = "";
  for (const [i, result] of results.entries()) {
    if ("error" in result) unreadable.push({ path: test[i]!.path, reason: result.error.message });
    else if (isMasked(result)) unreadable.push({ path: test[i]!.path, reason: result.health!.reason });
    else {
      scored.push(toScored(test[i]!, result));
      masking = result.mask.reason;
    }
  }
  return { draw: "batch", references: [], rotate: false, masking, calibration: [], images: scored, unreadable };
}

async function scoreAll(
  test: readonly TestImage[],
  score: (image: TestImage) => Promise<ScoreResult>,
  step: () => void,
): Promise<Pick<Scored, "images" | "unreadable">> {
  const found = new Array<ScoredImage | undefined>(test.length);
  const unreadable: Scored["unreadable"] = [];
  const waiting = test.entries();
  const worker = async () => {
    for (const [i, image] of waiting) {
      try {
        const result = await score(image);
        // Its score is not that of the part, and would count as one in every figure.
        if (isMasked(result)) unreadable.push({ path: image.path, reason: result.health!.reason });
        else found[i] = toScored(image, result);
      } catch (thrown) {
        // Only an image's own fault is passed over.
        if (!(thrown instanceof GoldenSampleError) || thrown.code !== "BAD_IMAGE") throw thrown;
        unreadable.push({ path: image.path, reason: thrown.message });
      }
      step();
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return { images: found.filter((image) => image !== undefined), unreadable };
}

const isMasked = ({ health }: Pick<ScoreResult, "health">) => health?.cause === "masked";

function toScored(
  image: TestImage,
  { score, missing, map, timing, image: size }: Pick<ScoreResult, "score" | "missing" | "map" | "timing" | "image">,
): ScoredImage {
  const { rows, cols, data } = map!;
  // A Buffer of the engine's may lie anywhere in a larger one.
  const distances = new Float32Array(new Uint8Array(data).buffer);
  return {
    ...image,
    score,
    ...(missing && { isMissing: missing.over }),
    distances,
    rows,
    cols,
    ...size,
    milliseconds: timing.total,
  };
}
