import type { MadeDefects } from "../memory-bank";
import { readBundleMetadata } from "./bundle";

/**
 * The scores that a bank file was calibrated with, those of the parts it was commissioned with and of its made defects
 * where there are any.
 * @returns `weak` where they are those of a single reference's altered copies
 * @throws {GoldenSampleError} BAD_BANK
 */
export async function bankCalibration(
  file: string,
): Promise<{ calibration: number[]; weak: boolean; commissioned?: number[]; madeDefects?: MadeDefects }> {
  const { calibration, calibratedBy, commissioning, madeDefects } = await readBundleMetadata(file);
  return {
    calibration,
    weak: calibratedBy === "copies",
    ...(commissioning && { commissioned: commissioning.scores }),
    ...(madeDefects && { madeDefects }),
  };
}
