import type { Finds } from "../../lib";
import { missingWords } from "../shared/bank-user";
import type { RunningNode } from "../shared/node-red";
import type { Outcome } from "./learner";

/** Where a region's middle is, as people point. */
function placeOf({ x, y, width, height }: { x: number; y: number; width: number; height: number }): string {
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  return `${percent(x + width / 2)} from the left and ${percent(y + height / 2)} from the top`;
}

/** What the default threshold of a bank just built finds of made defects: a warning where it is under half. */
export function announceFinds(node: RunningNode, name: string, { enough, words }: Finds): void {
  const say = enough ? node.log.bind(node) : node.warn.bind(node);
  say(`Bank "${name}": its default threshold ${words}.`);
}

/** What of an outcome is worth a line of the log: faulty references, known defects that pass, enough references. */
export function announce(node: RunningNode, outcome: Outcome): void {
  const bank = `Bank "${outcome.name}"`;
  if (outcome.action === "build") {
    const { duplicates, outliers, learning, advice = [] } = outcome.findings;
    for (const sentence of advice) node.warn(`${bank}: ${sentence}`);
    for (const { references, files } of duplicates) {
      const [a, b] = references;
      node.warn(`${bank}: references ${a} (${files[0]}) and ${b} (${files[1]}) are nearly the same picture.`);
    }
    for (const { reference, file, score, region } of outliers) {
      const where = region ? `, most of all ${placeOf(region)}` : "";
      node.warn(
        `${bank}: reference ${reference} (${file}) is unlike the others (score ${score.toPrecision(3)}${where}); it does not decide the threshold. If it shows a defect, send msg.action "leave-out" with msg.reference ${reference}. Of banks of good references alone, one in twenty has such a one.`,
      );
    }
    if (learning) node.log(`${bank}: ${learning.words}`);
  }
  if (outcome.action === "ok") node.log(`${bank}: ${outcome.words}`);
  if (outcome.action === "defect") {
    const say = outcome.caught === false ? node.warn.bind(node) : node.log.bind(node);
    say(`${bank}: ${outcome.words}`);
  }
  if (outcome.action === "import")
    node.log(
      `${bank}: version ${outcome.imported} was imported. ${outcome.needs.words} ${outcome.frames.words}`.trim(),
    );
  if ("leftOut" in outcome && outcome.leftOut !== undefined)
    node.log(
      `${bank}: reference ${outcome.leftOut} was left out of version ${outcome.version}; undo twice brings it back.`,
    );
  if ("missing" in outcome && outcome.missing !== undefined) node.warn(missingWords(outcome));
  const replay = "replay" in outcome ? outcome.replay : undefined;
  if (replay?.defects.some(({ passes }) => passes)) node.warn(`${bank}: ${replay.words}`);
}
