import { withAccepted } from "../../bank/accept";
import { readBundle } from "../../bank/file/bundle";
import type { BankMetadata, Commissioning } from "../../bank/memory-bank";
import type { BankStore } from "../../bank/store/store";
import { sha256Of } from "../../bank/store/stored-frames";
import type { Handlers, Request } from "../../engine/requests";
import { type AcceptResult, inspectFrame } from "../../engine/requests/feedback";
import type { Handling } from "../../engine/requests/request";
import type { Replay } from "../../engine/requests/schemas";
import { encoded, shrinkToFit } from "../../image/encode";
import { imageScore } from "../../score/image-score";
import { suspiciousLevel } from "../../score/level";
import { inWords, type Sentence, sentence, shortScore, together } from "../../sentence";
import { missingThreshold } from "../../threshold/missing-parts";
import { THUMBNAIL } from "../build-bank";
import { replayDefects } from "../replay";
import type { Training } from "../training";

/** A false alarm: the patches at fault are added to the version in use. */
export function acceptHandlers(training: Training): Handlers<"accept"> {
  return {
    async accept(request: Request<"accept">, handling: Handling): Promise<AcceptResult> {
      const bytes = await encoded(training.tools.images, request.image);
      return training.banks.change(request.bank, (store) => accept(training, request, handling, store, bytes));
    },
  };
}

async function accept(
  training: Training,
  request: Request<"accept">,
  { signal }: Handling,
  store: BankStore,
  bytes: Buffer,
): Promise<AcceptResult> {
  const inspected = await inspectFrame(training, request, store);
  const { version, backbone, frame, distances, metadata, score, threshold, lack } = inspected;
  const { tokens } = frame;
  // No patch that stays may lift the score over the threshold.
  const level = Math.min(suspiciousLevel(metadata, distances), threshold ?? Number.POSITIVE_INFINITY);
  const rows = inspected.over(level);
  // What lacks something that need not be there may have no unusual patch at all: its most unusual one stands for it.
  const allowed = isOver(metadata, lack) ? lack : undefined;
  if (rows.length === 0 && allowed !== undefined) rows.push(distances.indexOf(Math.max(...distances)));
  const facts = { name: store.name, before: version, level, ...(threshold !== undefined && { threshold }) };
  if (rows.length === 0) {
    const words = `No patch of the frame is over the level ${shortScore(level)}: nothing was changed.`;
    return { ...facts, version, added: 0, scores: { before: score, after: score }, words };
  }
  const sha256 = sha256Of(bytes);
  const parent = await readBundle(store.versionFile(version));
  const grown = withAccepted(parent, {
    tokens,
    rows,
    thumbnail: await shrinkToFit(await frame.image(), THUMBNAIL),
    sha256,
  });
  if (allowed !== undefined) grown.metadata.missing = { ...grown.metadata.missing!, allowed };
  const { by, message } = request.actor;
  grown.metadata.created = new Date().toISOString();
  grown.metadata.origin = { kind: "ok", parent: version, by, ...(message !== undefined && { message }) };
  let after = score;
  let replay: Replay | undefined;
  const trial = async (file: string) => {
    const ready = await training.banks.open({ file });
    after = imageScore(await inspected.scoreWith(ready), ready.bank.metadata);
    replay = await replayDefects(training, { store, backbone, guard: request.guard, signal }, file);
    await training.openBank(file);
  };
  const { crop } = backbone.info;
  const { rows: height, cols: width } = tokens;
  const mask = { rows: height, cols: width, data: Buffer.alloc(distances.length), ...(crop && { area: crop }) };
  for (const row of rows) mask.data[row] = 1;
  const note = `${rows.length} patches of a false alarm added`;
  const made = await store.saveAccepted(grown, bytes, mask, { ...request, frame: sha256, note, trial });
  return {
    ...facts,
    version: made,
    added: rows.length,
    scores: { before: score, after },
    ...(replay && { replay }),
    ...inWords(accepted(made, rows.length, { before: score, after }, metadata.commissioning)),
  };
}

const isOver = ({ missing }: BankMetadata, score: number | undefined) =>
  missing !== undefined && score !== undefined && score > missingThreshold(missing);

function accepted(
  version: number,
  patches: number,
  scores: { before: number; after: number },
  commissioning: Commissioning | undefined,
): Sentence {
  const [before, after] = [shortScore(scores.before), shortScore(scores.after)];
  const said =
    patches === 1
      ? sentence`[acceptedPatch] Version ${{ version }} has 1 more patch; the frame's score falls from ${{ before }} to ${{ after }}.`
      : sentence`[acceptedPatches] Version ${{ version }} has ${{ patches }} more patches; the frame's score falls from ${{ before }} to ${{ after }}.`;
  return commissioning
    ? together(
        said,
        sentence`[thresholdStays] Its threshold stays, commissioned with ${{ parts: commissioning.scores.length }} parts: hardly a score rises.`,
      )
    : said;
}
