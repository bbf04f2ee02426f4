import { readBundleMetadata } from "../../bank/file/bundle";
import type { Commissioning } from "../../bank/memory-bank";
import { GoldenSampleError } from "../../errors";
import { unlikeParts } from "../../threshold/commissioned";
import type { CommissionResponses, Request } from "../api";
import type { EngineContext, Handlers } from "../handling";
import { stateOf } from "./bank";

/** A version's threshold from parts off the line. */
export function commissionHandlers({ banks }: Pick<EngineContext, "banks">): Handlers<keyof CommissionResponses> {
  return {
    async commission({ bank, version, calibration, actor, ...found }: Request<"commission">) {
      return banks.change(bank, async (store) => {
        const metadata = await readBundleMetadata(store.versionFile(await store.resolve(version)));
        if (!isSame(metadata.calibration, calibration)) {
          throw new GoldenSampleError(
            "BAD_REQUEST",
            `The parts were scored by another build than version ${version} of the bank "${bank.name}" is: commission it again.`,
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
  };
}

const isSame = (a: readonly number[], b: readonly number[]) => a.length === b.length && a.every((x, i) => x === b[i]);

function noteOf(version: number, { scores, threshold, mode, rate }: Commissioning): string {
  const unlike = unlikeParts(scores).length;
  const rule = rate === undefined ? mode : `false-reject rate ${rate}`;
  return `version ${version}: threshold ${short(threshold.before)} before, ${short(threshold.after)} after, from ${scores.length} parts (${unlike} unlike the others), ${rule}`;
}

const short = (score: number) => score.toPrecision(4);
