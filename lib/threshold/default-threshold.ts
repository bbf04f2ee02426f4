import { type CalibratedThreshold, thresholdForRate } from "./calibrate";

/** The false-reject rate that a threshold is chosen for where nothing else is said. */
export const DEFAULT_RATE = 0.01;

/**
 * The threshold of a threshold node at its defaults, of the command line and of the library.
 * @param calibration scores of n >= 2 good references, each scored against the others
 * @param weak true where they are those of one reference's altered copies
 * @throws {GoldenSampleError} BAD_REQUEST for fewer than two scores
 */
export function defaultThreshold(calibration: readonly number[], weak: boolean): CalibratedThreshold {
  return thresholdForRate(calibration, DEFAULT_RATE, { weak });
}
