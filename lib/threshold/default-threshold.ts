import { balancedThreshold } from "./balanced";
import type { CalibratedThreshold } from "./calibrate";
import { commissionedThreshold } from "./commissioned";

/**
 * The threshold of a threshold node at its defaults, of the command line, of the library and of a bank's guard, chosen
 * here and nowhere else: what made defects say of it belongs here, too.
 * @param calibration scores of n >= 2 good references, each scored against the others
 * @param weak true where they are those of one reference's altered copies
 * @param commissioned scores of the parts that the bank was commissioned with, which take the references' place
 * @throws {GoldenSampleError} BAD_REQUEST for fewer than two scores
 */
export function defaultThreshold(
  calibration: readonly number[],
  weak: boolean,
  commissioned?: readonly number[],
): CalibratedThreshold {
  return commissioned ? commissionedThreshold(commissioned) : balancedThreshold(calibration, weak);
}
