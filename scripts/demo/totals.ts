import { median } from "../../lib/median";

/** One inspected frame, as the table shows it. */
export interface Inspection {
  image: string;
  score: number;
  threshold: number;
  /** Whatever is not ok. */
  anomaly: boolean;
  /** "good", or the kind of defect. */
  truth: string;
  /** The PLC's coil, read after the write was acknowledged: true where the part may pass. */
  coil: boolean;
  /** From publishing the frame to having the verdict. */
  milliseconds: number;
}

export interface Totals {
  frames: number;
  good: number;
  defective: number;
  trueRejects: number;
  falseRejects: number;
  misses: number;
  /** Frames whose coil was not what the verdict says. */
  wrongCoils: number;
  /** Area under the ROC curve of the image scores; absent where only one kind of truth was seen. */
  auroc: number | undefined;
  medianMilliseconds: number;
}

/** Counts and summarises; `inspections` must not be empty. */
export function summarise(inspections: readonly Inspection[]): Totals {
  const good = inspections.filter((one) => one.truth === "good");
  const defective = inspections.filter((one) => one.truth !== "good");
  const trueRejects = defective.filter((one) => one.anomaly).length;
  return {
    frames: inspections.length,
    good: good.length,
    defective: defective.length,
    trueRejects,
    falseRejects: good.filter((one) => one.anomaly).length,
    misses: defective.length - trueRejects,
    wrongCoils: inspections.filter((one) => one.coil === one.anomaly).length,
    auroc: areaUnderRoc(
      good.map((one) => one.score),
      defective.map((one) => one.score),
    ),
    medianMilliseconds: median(inspections.map((one) => one.milliseconds)),
  };
}

/** The share of (good, defective) pairs whose scores are in the right order; ties count half. */
function areaUnderRoc(good: readonly number[], defective: readonly number[]): number | undefined {
  if (good.length === 0 || defective.length === 0) return undefined;
  let right = 0;
  for (const low of good) for (const high of defective) right += high > low ? 1 : high === low ? 0.5 : 0;
  return right / (good.length * defective.length);
}
