import { sha256Of } from "../../bank/store/kept-frames";
import { encoded } from "../../image/encode";
import type { DefectResult, Request } from "../api";
import { inspectFrame } from "../frames/inspect-frame";
import type { EngineContext, Handlers } from "../handling";
import { storeOf } from "../loaded/banks";
import { stateOf } from "./bank";

/** A frame that shows a defect, to be remembered. */
export function feedbackHandlers(context: EngineContext): Handlers<"keepDefect"> {
  const { banks, images } = context;
  return {
    async keepDefect({ bank, mask, actor, ...request }: Request<"keepDefect">): Promise<DefectResult> {
      const bytes = await encoded(images, request.image);
      const inspected = await inspectFrame(context, { bank, mask, ...request }, storeOf(bank));
      const { score, threshold } = inspected;
      return banks.change(bank, async (store) => {
        const known = await store.defects.find(sha256Of(bytes));
        if (known === undefined) await store.addDefect(bytes, mask, actor);
        const caught = threshold === undefined ? undefined : score > threshold;
        return {
          ...(await stateOf(store)),
          score,
          ...(threshold !== undefined && { threshold }),
          ...(caught !== undefined && { caught }),
          words: `${known === undefined ? "The frame is kept as a known defect" : "The frame was a known defect already"}${standing(score, threshold)}`,
        };
      });
    },
  };
}

const short = (score: number) => score.toPrecision(3);

function standing(score: number, threshold: number | undefined): string {
  if (threshold === undefined)
    return `; its score is ${short(score)}, and the bank has too few references for a threshold.`;
  if (score > threshold) return `; its score ${short(score)} is over the threshold ${short(threshold)}.`;
  return `, but passes now: its score ${short(score)} is not over the threshold ${short(threshold)}: lower the threshold, or raise the resolution.`;
}
