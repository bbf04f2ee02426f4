import { readBundleMetadata } from "./bundle";

/**
 * The scores that a bank file was calibrated with.
 * @returns `weak` where they are those of a single reference's altered copies
 * @throws {GoldenSampleError} BAD_BANK
 */
export async function bankCalibration(file: string): Promise<{ calibration: number[]; weak: boolean }> {
  const { calibration, calibratedBy } = await readBundleMetadata(file);
  return { calibration, weak: calibratedBy === "copies" };
}
