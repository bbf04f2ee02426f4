import type { Backbone } from "../../backbone/backbone";
import type { PatchTokens } from "../../backbone/patch-tokens";
import type { MemoryBank, ScoredDefect } from "../../bank/memory-bank";
import { makeReady, type ReadyBank, withoutReferences } from "../../bank/ready-bank";
import { GoldenSampleError } from "../../errors";
import { decodeImage } from "../../image/decode";
import { cropAround, toJpeg } from "../../image/encode";
import type { RgbImage } from "../../image/rgb-image";
import type { ImageSource } from "../../image/source";
import type { DefectPlan } from "../../made-defects/kinds";
import { type PaintedDefect, paintDefect } from "../../made-defects/paint";
import { planDefects } from "../../made-defects/plan";
import { foregroundMask } from "../../mask/foreground";
import type { GridMask } from "../../mask/grid-mask";
import { imageScore } from "../../score/image-score";
import { maskedDistances } from "../../score/masked-distances";
import type { BuildProgress, MadeDefectPicture } from "../api";
import { lookAt } from "../frames/look";
import type { BuildTools } from "./build-bank";
import { keptMask } from "./kept-mask";

/** A reference as the bank was built from it. */
export interface PaintedReference {
  image: ImageSource;
  /** What the flow said is to be looked at, where it did. */
  mask: GridMask | undefined;
}

export interface MadeDefectsJob {
  /** With its features. */
  bank: MemoryBank;
  backbone: Backbone;
  /** In the bank's order. */
  references: readonly PaintedReference[];
  count: number;
  seconds: number;
  seed: number;
  pictures: boolean;
  onProgress: (progress: BuildProgress) => void;
  signal: AbortSignal;
}

/** Side of a defect's picture in its own sizes, and at least in pixels. */
const PICTURE = { times: 4, least: 96 };

/**
 * Paints defects on the references and scores each frame against the bank without the reference it was painted on.
 * @throws {GoldenSampleError} CANCELLED; BAD_REQUEST where there are fewer than two references
 */
export async function scoreMadeDefects(
  tools: BuildTools,
  { bank, backbone, references, count, seconds, seed, pictures, onProgress, signal }: MadeDefectsJob,
): Promise<{ defects: ScoredDefect[]; planned: number; pictures: MadeDefectPicture[] }> {
  if (references.length < 2) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      "Made defects need at least two references, for each is scored against the others: add references.",
    );
  }
  const end = performance.now() + 1000 * seconds;
  const { inTurn } = tools.queues;
  const matcher = tools.matcher.inTurns(inTurn);
  const images = await Promise.all(references.map(({ image }) => inTurn(() => decodeImage(image))));
  const masks: (GridMask | undefined)[] = [];
  for (const [i, image] of images.entries()) masks.push(references[i]!.mask ?? (await foregroundOf(image)));
  const paintable = images.map(({ width, height }, i) => ({ width, height, mask: masks[i] }));
  const plans = planDefects(paintable, count, seed);
  const readyWithout = readyBanks();
  const clean = new Map<number, number>();
  const defects: ScoredDefect[] = [];
  const shown: MadeDefectPicture[] = [];
  for (const [done, plan] of plans.entries()) {
    if (signal.aborted) throw new GoldenSampleError("CANCELLED", "Making test defects was cancelled.");
    onProgress({ done, total: plans.length, phase: "made defects" });
    if (performance.now() > end) break;
    const { reference } = plan;
    const canvas = {
      image: images[reference]!,
      mask: masks[reference],
      other: images[(reference + 1) % images.length]!,
    };
    const painted = await inTurn(() => paintDefect(canvas, plan));
    if (!painted) continue;
    const score = await scoreOf(painted.image, reference);
    if (pictures) shown.push({ defect: defects.length, picture: await pictureOf(painted, plan) });
    if (!clean.has(reference)) clean.set(reference, await scoreOf(images[reference]!, reference));
    const { kind, size, pixels, contrast } = plan;
    const facts = { kind, size, pixels, ...(contrast !== undefined && { contrast }), reference };
    defects.push({ ...facts, score, clean: clean.get(reference)! });
  }
  onProgress({ done: plans.length, total: plans.length, phase: "made defects" });
  return { defects, planned: plans.length, pictures: shown };

  async function foregroundOf(image: RgbImage): Promise<GridMask | undefined> {
    if (!bank.metadata.mask.applied) return undefined;
    const tokens = await tools.frames.tokens(image, backbone, "build");
    const component = await inTurn(() => tools.component.project(tokens));
    return foregroundMask(component, tokens.rows, tokens.cols, backbone.info.maskThreshold);
  }

  async function scoreOf(image: RgbImage, reference: number): Promise<number> {
    const tokens = await tools.frames.tokens(image, backbone, "build");
    const { ready, without } = await readyWithout(reference);
    // As a frame would be masked: a defect that the mask hides is not found.
    const own = references[reference]!.mask;
    const given = own && keptMask(own, image, backbone.info, tokens.rows, tokens.cols);
    const project = (all: PatchTokens) => inTurn(() => tools.component.project(all));
    const { mask } = await lookAt(project, tokens, backbone.info.maskThreshold, given, bank.metadata.mask);
    const { distances } = await ready.match(tokens, { look: mask?.data, without });
    return imageScore(maskedDistances(distances, mask));
  }

  /** Whitening has to be fitted without the reference, too; else one index serves all. */
  function readyBanks(): (reference: number) => Promise<{ ready: ReadyBank; without: number | undefined }> {
    const known = new Map<number, Promise<ReadyBank>>();
    const whitened = bank.whitening !== undefined;
    return async (reference) => {
      const key = whitened ? reference : -1;
      const made = known.get(key) ?? make(whitened ? reference : undefined);
      known.set(key, made);
      return { ready: await made, without: whitened ? undefined : reference };
    };
  }

  async function make(reference: number | undefined): Promise<ReadyBank> {
    const rest = reference === undefined ? bank : await withoutReferences(bank, reference, reference, inTurn);
    return makeReady(rest, matcher);
  }
}

async function pictureOf({ image, region }: PaintedDefect, { pixels }: DefectPlan): Promise<Buffer> {
  const side = Math.round(Math.max(PICTURE.least, PICTURE.times * pixels));
  return toJpeg(await cropAround(image, region, side));
}
