import type { Backbone } from "../backbone/backbone";
import type { ReadyBank } from "../bank/ready-bank";
import type { BankStore } from "../bank/store/store";
import { guardThreshold } from "../engine/requests/feedback";
import type { Guard, Replay, ReplayedDefect } from "../engine/requests/schemas";
import { GoldenSampleError } from "../errors";
import { inWords, type Sentence, type SentenceValue, sentence, shortScore } from "../sentence";
import { storedFrameScorer } from "./stored-frame-scorer";
import type { Training } from "./training";

export interface ReplayJob {
  store: BankStore;
  backbone: Backbone;
  guard: Guard;
  signal: AbortSignal;
}

/**
 * Scores the known defects with a bank that is to be taken into use, and beside it with the one in use. A defect that
 * passes under both is no fault of the change, and stops none.
 * @param file of the bank
 * @returns undefined where there are none, or the guard is off
 * @throws {GoldenSampleError} DEFECT_PASSES where one that is caught now would pass, and the guard refuses that
 */
export async function replayDefects(
  { tools, banks }: Pick<Training, "tools" | "banks">,
  { store, backbone, guard, signal }: ReplayJob,
  file: string,
): Promise<Replay | undefined> {
  const files = await store.defects.list();
  if (guard.mode === "off" || files.length === 0) return undefined;
  const next = await banks.open({ file });
  const current = await inUse();
  const threshold = guardThreshold(guard, next.bank.metadata);
  const currentThreshold = current && guardThreshold(guard, current.bank.metadata);
  const defects: (ReplayedDefect & { caughtBefore: boolean })[] = [];
  for (const [i, file] of files.entries()) {
    if (signal.aborted)
      throw new GoldenSampleError(
        "CANCELLED",
        sentence`[changeCancelled] The change was cancelled; the version in use stays.`,
      );
    const scoreOf = await storedFrameScorer({ tools }, await store.defects.read(file), backbone);
    const score = await scoreOf(next);
    const before = current && (await scoreOf(current));
    const passes = threshold !== undefined && score <= threshold;
    // What cannot be told counts as caught: better one question too many.
    const caughtBefore = before === undefined || currentThreshold === undefined || before > currentThreshold;
    defects.push({ number: i + 1, file, score, ...(before !== undefined && { before }), passes, caughtBefore });
  }
  const lost = defects.filter(({ passes, caughtBefore }) => passes && caughtBefore);
  if (lost.length > 0 && guard.mode === "refuse") throw refusal(lost, threshold!);
  return {
    ...(threshold !== undefined && { threshold }),
    defects: defects.map(({ caughtBefore: _, ...shown }) => shown),
    ...inWords(summary(defects, threshold)),
  };

  /** Of another backbone, or none at all: there is nothing to compare with. */
  async function inUse(): Promise<ReadyBank | undefined> {
    try {
      return await banks.get({ file: store.versionFile(await store.resolve()) }, backbone.info);
    } catch {
      return undefined;
    }
  }
}

function refusal(lost: readonly ReplayedDefect[], threshold: number): GoldenSampleError {
  const names = lost.map(({ number, file, score }) => `${number} (${file}) with ${shortScore(score)}`);
  return new GoldenSampleError(
    "DEFECT_PASSES",
    sentence`[defectsWouldPass] The change was refused, for known defects would pass at the threshold ${{ threshold: shortScore(threshold) }}: defect ${{ defects: list(names) }}: set the bank's guard to warn to make it all the same, or clear the known defects.`,
  );
}

function summary(defects: readonly ReplayedDefect[], limit: number | undefined): Sentence {
  const all =
    defects.length === 1
      ? sentence`[theKnownDefect] The known defect`
      : sentence`[allKnownDefects] All ${{ defects: defects.length }} known defects`;
  if (limit === undefined)
    return sentence`[replayUnjudged] ${{ all }} could not be judged: the bank has too few references for a threshold.`;
  const threshold = shortScore(limit);
  const passing = defects.filter(({ passes }) => passes);
  if (passing.length === 0)
    return sentence`[replayCaught] ${{ all }} would be caught at the threshold ${{ threshold }}.`;
  const names = passing.map(({ number, score }) => `${number} (${shortScore(score)})`);
  return sentence`[replayPasses] Known defect ${{ which: list(names) }} of ${{ defects: defects.length }} would pass at the threshold ${{ threshold }}.`;
}

function list(names: readonly string[]): SentenceValue {
  const shown = names.slice(0, 5).join(", ");
  const others = names.length - 5;
  return others > 0 ? sentence`[andMore] ${{ names: shown }} and ${{ others }} more` : shown;
}
