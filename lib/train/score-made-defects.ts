import type { Backbone } from "../backbone/backbone";
import { patchGrid } from "../backbone/preprocess";
import type { MadeDefects, MemoryBank, ScoredDefect } from "../bank/memory-bank";
import type { MadeDefectPicture } from "../engine/requests/build";
import type { BuildProgress } from "../engine/requests/schemas";
import { GoldenSampleError } from "../errors";
import { type Box, cropImage, isSameBox } from "../image/crop";
import { cropAround, toJpeg } from "../image/encode";
import type { OpenImages } from "../image/open-images";
import type { RgbImage } from "../image/rgb-image";
import { mustFind } from "../made-defects/detection";
import { isTooFew } from "../made-defects/finds";
import type { DefectPlan } from "../made-defects/kinds";
import { type PaintedDefect, paintDefect } from "../made-defects/paint";
import { planDefects } from "../made-defects/plan";
import { foregroundMask } from "../mask/foreground";
import type { GridMask } from "../mask/grid-mask";
import { moveMask } from "../mask/move-mask";
import { sentence } from "../sentence";
import { defaultThreshold } from "../threshold/default-threshold";
import type { BuildTools } from "./build-bank";
import { DefectScorer, type PaintedReference } from "./defect-scorer";
import { tryFiner } from "./try-finer";

export interface MadeDefectsJob {
  /** With its features. */
  bank: MemoryBank;
  backbone: Backbone;
  /** The same at twice the resolution; absent where the model has a size of its own. */
  finer: Backbone | undefined;
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
/** Share of the time that is left for another resolution, should too few be found. */
const FINER = 0.4;
/** Of those that must be found so many are scored before the time counts, or a busy machine would be told nothing. */
const TELLING = 16;
/** How many times the time that may take, beyond the time itself. */
const LATER = 3;

/** Of the pixels that may be open at a time, the share for references, which stay open. */
const OPEN_SHARE = 0.5;

/**
 * Paints defects on the references and scores each frame against the bank without the reference it was painted on. Where
 * too few are found, those that must be are scored at twice the resolution, too.
 * @throws {GoldenSampleError} CANCELLED; BAD_REQUEST where there are fewer than two references
 */
export async function scoreMadeDefects(
  tools: BuildTools,
  job: MadeDefectsJob,
): Promise<{ made: MadeDefects; threshold: number | undefined; planned: number; pictures: MadeDefectPicture[] }> {
  const { bank, backbone, finer, references, count, seconds, seed, onProgress, signal } = job;
  if (references.length < 2) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[madeDefectsNeedTwo] Made defects need at least two references, for each is scored against the others: add references.`,
    );
  }
  const start = performance.now();
  const end = start + 1000 * seconds;
  const images = await openSome(tools.images, references, backbone.info.crop);
  const masks: (GridMask | undefined)[] = [];
  for (const [i, image] of images.entries()) masks.push(maskOf(references[i]!, image) ?? (await foregroundOf(image)));
  const paintable = images.map(({ width, height }, i) => ({ width, height, mask: masks[i] }));
  const { calibration, settings, commissioning } = bank.metadata;
  const { smallest } = settings;
  const plans = planDefects(paintable, count, seed, smallest);
  const own = references.map(({ mask }) => mask);
  const scorer = new DefectScorer(tools, bank, backbone, own);
  const defects: ScoredDefect[] = [];
  const shown: MadeDefectPicture[] = [];
  const planned = new Map<ScoredDefect, DefectPlan>();
  // A coreset may have kept nothing that a reference could be scored against.
  const threshold =
    calibration.length < 2 ? undefined : defaultThreshold(calibration, false, commissioning?.scores).threshold;
  const isFinerWanted = () =>
    finer !== undefined && threshold !== undefined && isTooFew(mustFind(defects, smallest), threshold);
  const paint = (plan: DefectPlan) => paintDefect(canvasOf(plan.reference), plan);
  for (const [done, plan] of plans.entries()) {
    mustGoOn(signal);
    onProgress({ done, total: plans.length, phase: "made defects" });
    const left = (end - performance.now()) / 1000;
    const isTold = left < -LATER * seconds || mustFind(defects, smallest).length >= TELLING;
    if (isTold && (left < 0 || (left < FINER * seconds && isFinerWanted()))) break;
    const painted = paint(plan);
    if (!painted) continue;
    const scored = await scoreOf(plan, painted);
    if (job.pictures) shown.push({ defect: defects.length, picture: await pictureOf(painted, plan) });
    defects.push(scored);
    planned.set(scored, plan);
  }
  const tried = isFinerWanted()
    ? await tryFiner(
        tools,
        { bank, finer: finer!, references, images, paint, signal, end },
        mustFind(defects, smallest).map((each) => planned.get(each)!),
      )
    : undefined;
  onProgress({ done: plans.length, total: plans.length, phase: "made defects" });
  const made = { seed, defects, ...(smallest !== undefined && { smallest }), ...(tried && { finer: tried }) };
  return { made, threshold, planned: plans.length, pictures: shown };

  function maskOf({ mask }: PaintedReference, image: RgbImage): GridMask | undefined {
    const { info } = backbone;
    if (!mask || isSameBox(mask.area, info.crop)) return mask;
    const { rows, cols } = patchGrid(image, info.resolution, info);
    return moveMask(mask, info.crop, rows, cols);
  }

  async function foregroundOf(image: RgbImage): Promise<GridMask | undefined> {
    if (!bank.metadata.mask.applied) return undefined;
    const tokens = await tools.frames.tokens(image, backbone);
    const component = await tools.component.project(tokens);
    return foregroundMask(component, tokens.rows, tokens.cols, backbone.info.maskThreshold);
  }

  function canvasOf(reference: number) {
    return {
      image: images[reference]!,
      mask: masks[reference],
      other: images[(reference + 1) % images.length]!,
    };
  }

  async function scoreOf(
    { kind, size, pixels, contrast, reference }: DefectPlan,
    { image, change }: PaintedDefect,
  ): Promise<ScoredDefect> {
    const score = await scorer.score(image, reference);
    const clean = await scorer.scoreClean(images[reference]!, reference);
    return { kind, size, pixels, ...(contrast !== undefined && { contrast }), change, reference, score, clean };
  }
}

/** The first references, as many as may be open at a time: of large pictures a few are enough to paint on. */
async function openSome(
  open: OpenImages,
  references: readonly PaintedReference[],
  crop: Box | undefined,
): Promise<RgbImage[]> {
  const images: RgbImage[] = [];
  let pixels = 0;
  for (const { image: source } of references) {
    if (images.length >= 2 && pixels > OPEN_SHARE * open.budget) break;
    const image = await open.use(source, async (opened) => cropImage(opened.image, crop));
    images.push(image);
    pixels += image.width * image.height;
  }
  return images;
}

function mustGoOn(signal: AbortSignal): void {
  if (signal.aborted)
    throw new GoldenSampleError("CANCELLED", sentence`[madeDefectsCancelled] Making test defects was cancelled.`);
}

async function pictureOf({ image, region }: PaintedDefect, { pixels }: DefectPlan): Promise<Buffer> {
  const side = Math.round(Math.max(PICTURE.least, PICTURE.times * pixels));
  return toJpeg(await cropAround(image, region, side));
}
