import type { Runtime } from "../shared/node-red";
import { shown } from "./explain-part";
import type { FoundPair } from "./find-pair";

/** Inspects all kept parts again, with the bank and the threshold that there are now: what would change? */
export async function replay(RED: Runtime, { pair, threshold }: FoundPair) {
  const parts: { number: number; before: number; wasOver: boolean; score: number; over: boolean; label?: string }[] =
    [];
  let lost = 0;
  // One after the other: parts of the line come first.
  for (const part of [...pair.parts]) {
    if (!part.image) {
      lost++;
      continue;
    }
    const { image, mask, bank, nameNow: name } = shown(RED, part);
    const request = { image, bank: bank.location(name), backbone: bank.backbone, ...(mask && { mask }) };
    const scored = await bank.engine.call("score", request);
    const over = threshold.isOver(scored);
    const { number, score: before, over: wasOver, label } = part;
    parts.push({ number, before, wasOver, score: scored.score, over, ...(label && { label }) });
  }
  const changed = parts.filter(({ wasOver, over }) => wasOver !== over);
  return {
    parts,
    lost,
    rejected: changed.filter(({ over }) => over).length,
    passed: changed.filter(({ over }) => !over).length,
  };
}
