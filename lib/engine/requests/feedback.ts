import { z } from "zod";
import { sha256Of } from "../../bank/store/stored-frames";
import { encoded } from "../../image/encode";
import { inWords, type Sentence, sentence } from "../../sentence";
import { shortScore } from "../../short-score";
import { inspectFrame } from "../frames/inspect-frame";
import { storeOf } from "../loaded/banks";
import { type BankState, stateOf } from "./bank";
import { handedOn, request } from "./request";
import { actor, backboneSpec, gridMask, guard, imageSource, type Replay, storedBank } from "./schemas";

export interface AcceptResult {
  name: string;
  /** The version in use now, and before. */
  version: number;
  before: number;
  /** Patches that were over the level; none leaves the version as it is. */
  added: number;
  /** Patch distance from which a patch was at fault. */
  level: number;
  /** The frame's score before and after. */
  scores: { before: number; after: number };
  /** The one that the frame was to stay under; absent where the bank has no calibration. */
  threshold?: number;
  replay?: Replay;
  /** One sentence for the user. */
  words: string;
  /** What other languages make the words from. */
  sentence?: Sentence;
}

export interface DefectResult extends BankState {
  /** Of the frame under the version in use. */
  score: number;
  threshold?: number;
  /** Whether the version in use catches it; absent without a threshold. */
  caught?: boolean;
  words: string;
  /** What other languages make the words from. */
  sentence?: Sentence;
}

const frame = {
  bank: storedBank,
  backbone: backboneSpec,
  image: imageSource,
  mask: gridMask.optional(),
  guard,
  actor,
};

/** What somebody says of a frame: that it is good, or shows a defect. */
export const feedbackRequests = {
  /** A false alarm: adds the patches at fault to the version in use, as a new version. */
  accept: request({
    schema: z.object({
      ...frame,
      keepVersions: z.int().min(1).default(10),
      pinned: z.array(z.int().positive()).default([]),
    }),
    process: "trainer",
    answer: handedOn<AcceptResult>("accept"),
  }),

  /** Keeps the frame as a known defect, which every later change is tried on. */
  keepDefect: request({
    schema: z.object(frame),
    async answer({ bank, mask, actor, ...wanted }, context): Promise<DefectResult> {
      const { banks, images } = context;
      const bytes = await encoded(images, wanted.image);
      const inspected = await inspectFrame(context, { bank, mask, ...wanted }, storeOf(bank));
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
          ...inWords(
            sentence`[defectKept] ${{ frame: known === undefined ? KEPT : KNOWN }}${{ standing: standing(score, threshold) }}`,
          ),
        };
      });
    },
  }),
};

const KEPT = sentence`[keptAsDefect] The frame is kept as a known defect`;
const KNOWN = sentence`[knownDefectAlready] The frame was a known defect already`;

function standing(found: number, limit: number | undefined): Sentence {
  const score = shortScore(found);
  if (limit === undefined)
    return sentence`[defectUnjudged] ; its score is ${{ score }}, and the bank has too few references for a threshold.`;
  const threshold = shortScore(limit);
  return found > limit
    ? sentence`[defectCaught] ; its score ${{ score }} is over the threshold ${{ threshold }}.`
    : sentence`[defectPasses] , but passes now: its score ${{ score }} is not over the threshold ${{ threshold }}: lower the threshold, or raise the resolution.`;
}
