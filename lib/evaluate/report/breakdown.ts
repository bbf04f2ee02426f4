import { type Evaluation, isDefective } from "../evaluation";
import { auroc, detectionAt } from "../figures/image";

/** One kind of defect, as far as the scores tell it from good parts. */
export interface TypeRow {
  type: string;
  images: number;
  /** Against all good images; absent where there is none. */
  auroc?: number;
  /** Images whose score reaches the threshold of the best F1; absent where there is no such threshold. */
  found?: number;
}

/** @returns the types of defects by AUROC, the hardest first */
export function byType({ images, f1Threshold }: Evaluation): TypeRow[] {
  const good = images.filter((image) => !isDefective(image)).map(({ score }) => ({ score, defective: false }));
  const types = [...new Set(images.filter(isDefective).map(({ type }) => type))];
  const rows = types.map((type): TypeRow => {
    const scores = images.filter((image) => image.type === type).map(({ score }) => score);
    const area = auroc([...good, ...scores.map((score) => ({ score, defective: true }))]);
    return {
      type,
      images: scores.length,
      ...(area !== undefined && { auroc: area }),
      ...(f1Threshold !== undefined && { found: scores.filter((score) => score >= f1Threshold).length }),
    };
  });
  return rows.sort((a, b) => (a.auroc ?? 0) - (b.auroc ?? 0));
}

/** How a threshold would do in production: what it finds for what it costs. */
export interface OperatingPoint {
  /** Good parts that are rejected at most, 0..1. */
  rejected: number;
  /** Defective parts that are found then, 0..1. */
  found: number;
}

const REJECTED = [0, 0.01, 0.05, 0.1];

/** @returns nothing where there are no good or no defective images */
export function operatingPoints(draw: Evaluation): OperatingPoint[] {
  return REJECTED.flatMap((rejected) => {
    const found = detectionOf(draw, rejected);
    return found === undefined ? [] : { rejected, found };
  });
}

/** The share of defective images found where at most this share of the good ones is rejected; undefined without both. */
export function detectionOf({ images }: Evaluation, rejected: number): number | undefined {
  return detectionAt(
    images.map((image) => ({ score: image.score, defective: isDefective(image) })),
    rejected,
  );
}
