import { anomalyMap } from "../score/anomaly-map";
import { nameSome, shortPath } from "./data/notes";
import { type Evaluation, isDefective, type LeftOut, type ScoredImage } from "./evaluation";
import type { GroundTruth } from "./figures/ground-truth";
import { auroc, averagePrecision, f1Max, type Labelled } from "./figures/image";
import { type LabelledMap, pixelFigures } from "./figures/pixels";
import type { TruthReader } from "./truth-reader";

type DrawFigures = Pick<
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
  | "notes"
>;

/** All figures of one draw. @param truths absent: no pixel-level ones */
export async function drawFigures(
  images: readonly ScoredImage[],
  truths: TruthReader | undefined,
): Promise<DrawFigures> {
  const labelled = images.map((image): Labelled => ({ score: image.score, defective: isDefective(image) }));
  const best = f1Max(labelled);
  const defective = images.filter(isDefective);
  const found = new Map<ScoredImage, GroundTruth>();
  const unusable: LeftOut[] = [];
  for (const image of truths ? defective : []) {
    const read = (await truths?.read(image)) ?? {};
    if (read.truth) found.set(image, read.truth);
    if (read.unusable !== undefined) unusable.push({ path: image.path, reason: read.unusable });
  }
  const maps = images
    .filter((image) => !isDefective(image) || found.has(image))
    .map(
      (image): LabelledMap => ({
        truth: found.get(image),
        map: () => anomalyMap(image.distances, image.rows, image.cols, image.height, image.width),
      }),
    );
  const pixels = pixelFigures(maps);
  const [area, precision] = [auroc(labelled), averagePrecision(labelled)];
  return {
    ...(area !== undefined && { imageAuroc: area }),
    ...(precision !== undefined && { averagePrecision: precision }),
    ...(best && { f1Max: best.f1, f1Threshold: best.threshold }),
    ...(pixels && { pixels, pixelAuroc: pixels.auroc, pixelF1Max: pixels.f1Max, aupro: pixels.aupro }),
    masks: { there: found.size, defective: defective.length, unusable },
    notes: [
      ...missingClass(images.length, defective.length),
      ...missingMasks(defective, found, unusable),
      ...(found.size > 0 && !pixels ? ["the masks leave no good pixel: there are no pixel-level figures"] : []),
    ],
  };
}

function missingClass(images: number, defective: number): string[] {
  const without = [...(images === defective ? ["good"] : []), ...(defective === 0 ? ["defective"] : [])];
  if (without.length === 0) return [];
  const where = without.length === 2 ? "" : without[0] === "good" ? " in test/good, ok or normal" : " in test/<type>";
  return [`no ${without.join(" and no ")} test image${where}: image AUROC, AP and F1-max compare both and are absent`];
}

/** Says nothing of a set without any mask, which asks for no pixel-level figures. */
function missingMasks(
  defective: readonly ScoredImage[],
  found: ReadonlyMap<ScoredImage, GroundTruth>,
  unusable: readonly LeftOut[],
): string[] {
  const missing = defective.filter((image) => !image.masks).map(({ path }) => path);
  const left = unusable.map(({ path, reason }) => `${shortPath(path)} is in no pixel-level figure: ${reason}`);
  if (missing.length === 0 || found.size + unusable.length === 0) return left;
  const [are, have] = missing.length === 1 ? ["is", "has"] : ["are", "have"];
  return [
    `${missing.length} of ${defective.length} defective images ${have} no mask and ${are} in no pixel-level figure: ${nameSome(missing)}`,
    ...left,
  ];
}
