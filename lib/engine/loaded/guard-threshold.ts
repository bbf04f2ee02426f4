import type { BankMetadata } from "../../bank/memory-bank";
import { thresholdForRate } from "../../threshold/calibrate";
import { commissionedThreshold } from "../../threshold/commissioned";
import { defaultThreshold } from "../../threshold/default-threshold";
import type { Guard } from "../schemas/guard";

/** The score from which on a frame is an anomaly; undefined where the calibration has too few scores for one. */
export function guardThreshold(
  { threshold, rate }: Guard,
  { calibration, calibratedBy, commissioning }: Pick<BankMetadata, "calibration" | "calibratedBy" | "commissioning">,
): number | undefined {
  if (threshold !== undefined) return threshold;
  if (calibration.length < 2) return undefined;
  const weak = calibratedBy === "copies";
  const commissioned = commissioning?.scores;
  if (rate === undefined) return defaultThreshold(calibration, weak, commissioned).threshold;
  const chosen = commissioned
    ? commissionedThreshold(commissioned, { rate })
    : thresholdForRate(calibration, rate, { weak });
  return chosen.threshold;
}
