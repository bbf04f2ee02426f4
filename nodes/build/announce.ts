import { type Finds, type Sentence, type SentenceValue, sentence, together } from "../../lib";
import { missingWords } from "../shared/bank-user";
import { say, type Translator } from "../shared/language";
import type { RunningNode } from "../shared/node-red";
import type { Outcome } from "./learner";

type Outlier = Extract<Outcome, { action: "build" }>["findings"]["outliers"][number];

/** @param bank its name */
function outlierSentence(bank: string, { reference, file, score, region }: Outlier): Sentence {
  const figure = score.toPrecision(3);
  if (!region)
    return sentence`[outlier] Bank "${{ bank }}": reference ${{ reference }} (${{ file }}) is unlike the others (score ${{ score: figure }}); it does not decide the threshold. If it shows a defect, send msg.action "leave-out" with msg.reference ${{ reference }}. Of banks of good references alone, one in twenty has such a one.`;
  const [left, top] = [percent(region.x + region.width / 2), percent(region.y + region.height / 2)];
  return sentence`[outlierAt] Bank "${{ bank }}": reference ${{ reference }} (${{ file }}) is unlike the others (score ${{ score: figure }}, most of all ${{ left }} from the left and ${{ top }} from the top); it does not decide the threshold. If it shows a defect, send msg.action "leave-out" with msg.reference ${{ reference }}. Of banks of good references alone, one in twenty has such a one.`;
}

const percent = (share: number) => `${Math.round(100 * share)} %`;

/** What the default threshold of a bank just built finds of made defects: a warning where it is under half. */
export function announceFinds(RED: Translator, node: RunningNode, name: string, finds: Finds): void {
  const said = sentence`[bankFinds] Bank "${{ bank: name }}": its default threshold ${{ finds: finds.sentence }}.`;
  if (finds.enough) node.log(say(RED, said));
  else node.warn(say(RED, said));
}

/** What of an outcome is worth a line of the log: faulty references, known defects that pass, enough references. */
export function announce(RED: Translator, node: RunningNode, outcome: Outcome): void {
  const { name } = outcome;
  const warn = (said: Sentence) => node.warn(say(RED, said));
  const log = (said: Sentence) => node.log(say(RED, said));
  const ofBank = (said: SentenceValue) => sentence`[ofBank] Bank "${{ bank: name }}": ${{ said }}`;
  if (outcome.action === "build") {
    const { duplicates, outliers, learning, sentences = [] } = outcome.findings;
    for (const said of sentences) warn(ofBank(said));
    for (const { references, files } of duplicates) {
      const [a, b] = references;
      warn(
        sentence`[nearDuplicates] Bank "${{ bank: name }}": references ${{ a }} (${{ first: files[0] }}) and ${{ b }} (${{ second: files[1] }}) are nearly the same picture.`,
      );
    }
    for (const outlier of outliers) warn(outlierSentence(name, outlier));
    if (learning) log(ofBank(learning.sentence ?? learning.words));
  }
  if (outcome.action === "ok") log(ofBank(outcome.sentence ?? outcome.words));
  if (outcome.action === "defect") {
    const tell = outcome.caught === false ? warn : log;
    tell(ofBank(outcome.sentence ?? outcome.words));
  }
  if (outcome.action === "import")
    log(
      ofBank(
        together(
          sentence`[versionImported] version ${{ version: outcome.imported }} was imported.`,
          ...[outcome.needs.sentence, outcome.frames.sentence].filter((said) => said !== undefined),
        ),
      ),
    );
  if ("leftOut" in outcome && outcome.leftOut !== undefined)
    log(
      ofBank(
        sentence`[leftOutOf] reference ${{ reference: outcome.leftOut }} was left out of version ${{ version: outcome.version }}; undo twice brings it back.`,
      ),
    );
  if ("missing" in outcome && outcome.missing !== undefined) warn(missingWords(outcome));
  const replay = "replay" in outcome ? outcome.replay : undefined;
  if (replay?.defects.some(({ passes }) => passes)) warn(ofBank(replay.sentence ?? replay.words));
}
