import { thresholdForRate } from "../../threshold/calibrate";
import { defaultThreshold } from "../../threshold/default-threshold";
import { type Evaluation, isAnomaly, isDefective } from "../evaluation";

/** What a threshold taken from the references alone did to the test images, over all draws; rates from 0 to 1. */
export interface CalibratedOutcome {
  /** The false-reject rate that was asked for; absent: none, the default threshold. */
  asked?: number;
  /** The share of good test images over the threshold or with something missing, and of defective ones; absent without any. */
  rejected?: number;
  found?: number;
}

const RATES = [undefined, 0.01, 0.05, 0.1];

/** @returns nothing where a draw has fewer than two references: one alone calibrates no threshold */
export function calibratedOutcomes(draws: readonly Evaluation[]): CalibratedOutcome[] {
  if (draws.some(({ shots, calibration }) => shots < 2 || calibration.length < 2)) return [];
  return RATES.map((asked) => {
    const counts = { good: 0, rejected: 0, defective: 0, found: 0 };
    for (const { images, calibration } of draws) {
      const { threshold } =
        asked === undefined ? defaultThreshold(calibration, false) : thresholdForRate(calibration, asked);
      for (const image of images) {
        const over = isAnomaly(image, threshold) ? 1 : 0;
        if (isDefective(image)) {
          counts.defective++;
          counts.found += over;
        } else {
          counts.good++;
          counts.rejected += over;
        }
      }
    }
    return {
      ...(asked !== undefined && { asked }),
      ...(counts.good > 0 && { rejected: counts.rejected / counts.good }),
      ...(counts.defective > 0 && { found: counts.found / counts.defective }),
    };
  });
}
