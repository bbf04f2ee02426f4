import { anomalyMap } from "../score/anomaly-map";
import { type Evaluation, isDefective, type ScoredImage } from "./evaluation";
import type { GroundTruth } from "./figures/ground-truth";
import { auroc, averagePrecision, f1Max, type Labelled } from "./figures/image";
import { type JudgedMap, pixelFigures } from "./figures/pixels";
import type { TruthReader } from "./truth-reader";

type Judged = Pick<
  Evaluation,
  | "imageAuroc"
  | "averagePrecision"
  | "f1Max"
  | "f1Threshold"
  | "pixelAuroc"
  | "pixelF1Max"
  | "aupro"
  | "pixels"
  | "masks"
>;

/** All figures of one draw. @param truths absent: no pixel-level ones */
export async function judge(images: readonly ScoredImage[], truths: TruthReader | undefined): Promise<Judged> {
  const labelled = images.map((image): Labelled => ({ score: image.score, defective: isDefective(image) }));
  const best = f1Max(labelled);
  const defective = images.filter(isDefective);
  const found = new Map<ScoredImage, GroundTruth>();
  for (const image of truths ? defective : []) {
    const truth = await truths?.read(image);
    if (truth) found.set(image, truth);
  }
  const maps = images
    .filter((image) => !isDefective(image) || found.has(image))
    .map(
      (image): JudgedMap => ({
        truth: found.get(image),
        map: () => anomalyMap(image.distances, image.rows, image.cols, image.height, image.width),
      }),
    );
  const pixels = pixelFigures(maps);
  return {
    imageAuroc: auroc(labelled),
    averagePrecision: averagePrecision(labelled),
    f1Max: best.f1,
    f1Threshold: best.threshold,
    ...(pixels && { pixels, pixelAuroc: pixels.auroc, pixelF1Max: pixels.f1Max, aupro: pixels.aupro }),
    masks: { there: found.size, defective: defective.length },
  };
}
