import { z } from "zod";
import { type Commissioning, commissioning } from "../../bank/memory-bank";
import { actor, type BankState, storedBank } from "./bank";

export const commissionRequests = {
  /**
   * Sets a version's threshold by parts off the line, for every node that takes it from the bank. Frames scored from then
   * on carry it; the audit log has the threshold before and after.
   */
  commission: z.object({
    bank: storedBank,
    version: z.int().positive(),
    /** Of the version that scored the parts: of another build their scores say nothing. */
    calibration: z.array(z.number()),
    ...commissioning.pick({ scores: true, mode: true, rate: true, threshold: true }).shape,
    actor,
  }),
};

export interface CommissionResponses {
  commission: BankState & { commissioning: Commissioning };
}
