import { z } from "zod";
import { readBundleMetadata } from "../../bank/file/bundle";
import { type Commissioning, commissioning } from "../../bank/memory-bank";
import { GoldenSampleError } from "../../errors";
import { sentence } from "../../sentence";
import { shortScore } from "../../short-score";
import { unlikeParts } from "../../threshold/commissioned";
import { type BankState, stateOf } from "./bank";
import { request } from "./request";
import { actor, storedBank } from "./schemas";

/**
 * Sets a version's threshold by parts off the line, for every node that takes it from the bank. Frames scored from then
 * on carry it; the audit log has the threshold before and after.
 */
export const commission = request({
  schema: z.object({
    bank: storedBank,
    version: z.int().positive(),
    /** Of the version that scored the parts: of another build their scores say nothing. */
    calibration: z.array(z.number()),
    ...commissioning.pick({ scores: true, mode: true, rate: true, threshold: true }).shape,
    actor,
  }),
  async answer(
    { bank, version, calibration, actor, ...found },
    { banks },
  ): Promise<BankState & { commissioning: Commissioning }> {
    return banks.change(bank, async (store) => {
      const metadata = await readBundleMetadata(store.versionFile(await store.resolve(version)));
      if (!isSame(metadata.calibration, calibration)) {
        throw new GoldenSampleError(
          "BAD_REQUEST",
          sentence`[partsOfAnotherBuild] The parts were scored by another build than version ${{ version }} of the bank "${{ bank: bank.name }}" is: commission it again.`,
        );
      }
      const { by, message } = actor;
      const commissioning: Commissioning = {
        ...found,
        by,
        ...(message !== undefined && { message }),
        time: new Date().toISOString(),
      };
      await store.commission(version, commissioning, actor, noteOf(version, commissioning));
      return { ...(await stateOf(store)), commissioning };
    });
  },
});

const isSame = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((x, i) => x === b[i]);

function noteOf(version: number, { scores, threshold, mode, rate }: Commissioning): string {
  const unlike = unlikeParts(scores).length;
  const rule = rate === undefined ? mode : `false-reject rate ${rate}`;
  return `version ${version}: threshold ${shortScore(threshold.before, 4)} before, ${shortScore(threshold.after, 4)} after, from ${scores.length} parts (${unlike} unlike the others), ${rule}`;
}
