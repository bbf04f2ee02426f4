import { type Evaluation, isDefective } from "../evaluation";
import { auroc, detectionAt } from "../figures/image";

/** One kind of defect, as far as the scores tell it from good parts. */
export interface TypeRow {
  type: string;
  images: number;
  /** Against all good images; NaN where there is none. */
  auroc: number;
  /** Images whose score reaches the threshold of the best F1. */
  found: number;
}

/** @returns the types of defects by AUROC, the hardest first */
export function byType({ images, f1Threshold }: Evaluation): TypeRow[] {
  const good = images.filter((image) => !isDefective(image)).map(({ score }) => ({ score, defective: false }));
  const types = [...new Set(images.filter(isDefective).map(({ type }) => type))];
  const rows = types.map((type): TypeRow => {
    const scores = images.filter((image) => image.type === type).map(({ score }) => score);
    return {
      type,
      images: scores.length,
      auroc: auroc([...good, ...scores.map((score) => ({ score, defective: true }))]),
      found: scores.filter((score) => score >= f1Threshold).length,
    };
  });
  return rows.sort((a, b) => a.auroc - b.auroc);
}

/** How a threshold would do in production: what it finds for what it costs. */
export interface OperatingPoint {
  /** Good parts that are rejected at most, 0..1. */
  rejected: number;
  /** Defective parts that are found then, 0..1. */
  found: number;
}

const REJECTED = [0, 0.01, 0.05, 0.1];

export function operatingPoints(draw: Evaluation): OperatingPoint[] {
  return REJECTED.map((rejected) => ({ rejected, found: detectionOf(draw, rejected) }));
}

/** The share of defective images found where at most this share of the good ones is rejected. */
export function detectionOf({ images }: Evaluation, rejected: number): number {
  return detectionAt(
    images.map((image) => ({ score: image.score, defective: isDefective(image) })),
    rejected,
  );
}
