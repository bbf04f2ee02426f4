import { GoldenSampleError } from "../errors";
import { inWords, type Sentence, sentence } from "../sentence";
import { percent } from "./percent";
import { orderStatisticRate, type RateInterval, shareInterval } from "./rate-interval";

/** A score, and what the part truly was. */
export interface LabelledScore {
  score: number;
  defective: boolean;
}

/** What a threshold chosen from labelled parts is to be good for. Rates and prevalence are from 0 to 1. */
export type LabelledGoal =
  | { kind: "f1" }
  /** Share of defects that may be let through. */
  | { kind: "escape"; rate: number }
  /** Least cost a part: `prevalence` is the share of parts that are defective. */
  | { kind: "costs"; falseReject: number; escape: number; prevalence: number };

/** A threshold from labelled parts, and what it does to them. */
export interface LabelledThreshold {
  /** Scores above it are anomalies. */
  threshold: number;
  goal: LabelledGoal["kind"];
  good: number;
  defective: number;
  /** Shares seen among the labelled parts, with the interval of the true ones (Clopper and Pearson). */
  falseReject: { rate: number; interval: RateInterval };
  escape: { rate: number; interval: RateInterval };
  /** At this threshold, among the labelled parts. */
  f1: number;
  /** With the goal `costs`: the cost a part to be expected. */
  cost?: number;
  /** False where there are too few defects for the escape rate asked for. */
  supported: boolean;
  /** One or two sentences for the user. */
  words: string;
  /** What other languages make the words from. */
  sentence: Sentence;
}

interface Cut {
  threshold: number;
  /** Good parts above it. */
  rejected: number;
  /** Defective parts not above it. */
  escaped: number;
}

/**
 * Chooses a threshold from parts of which is known what they are.
 *
 * - `f1`: the largest F1 of finding defects, ties to the middle of the gap.
 * - `escape`: the floor((m + 1) rate)-th smallest score of m defects: a new defect, exchangeable with these, stays
 *   under it with at most that probability (split conformal prediction on the defects). With m defects no rate below
 *   1 / (m + 1) can be promised; there the threshold lies under all of them.
 * - `costs`: the least prevalence x escape rate x its cost + (1 - prevalence) x false-reject rate x its cost.
 * @throws {GoldenSampleError} BAD_REQUEST without a good and a defective part, or for a goal that cannot be
 */
export function thresholdFromLabels(items: readonly LabelledScore[], goal: LabelledGoal): LabelledThreshold {
  const good = items.filter((item) => !item.defective).length;
  const defective = items.length - good;
  if (good === 0 || defective === 0) {
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[tooFewLabels] There are ${{ good }} parts labelled good and ${{ bad: defective }} labelled bad: a threshold from labels needs at least one of each.`,
    );
  }
  mustBePossible(goal);
  const cuts = cutsOf(items);
  const f1 = ({ rejected, escaped }: Cut) =>
    (2 * (defective - escaped)) / (2 * (defective - escaped) + rejected + escaped);
  const cost = ({ rejected, escaped }: Cut) =>
    goal.kind === "costs"
      ? (goal.prevalence * goal.escape * escaped) / defective +
        ((1 - goal.prevalence) * goal.falseReject * rejected) / good
      : 0;
  const cut =
    goal.kind === "escape"
      ? cutForEscape(items, cuts, goal.rate)
      : best(cuts, goal.kind === "f1" ? f1 : (c) => -cost(c));
  const supported = goal.kind !== "escape" || goal.rate * (defective + 1) >= 1 - 1e-9;
  const facts = {
    threshold: cut.threshold,
    goal: goal.kind,
    good,
    defective,
    falseReject: { rate: cut.rejected / good, interval: shareInterval(cut.rejected, good) },
    escape: { rate: cut.escaped / defective, interval: escapeInterval(goal, cut, defective) },
    f1: f1(cut),
    ...(goal.kind === "costs" && { cost: cost(cut) }),
    supported,
  };
  return { ...facts, ...inWords(sentenceFor(facts, goal)) };
}

/** Of an order statistic the interval is that of its Beta distribution; a cut chosen by sight has none but the trials'. */
function escapeInterval(goal: LabelledGoal, { escaped }: Cut, defective: number): RateInterval {
  if (goal.kind !== "escape" || escaped === 0) return shareInterval(escaped, defective);
  return orderStatisticRate(defective, defective + 1 - escaped).interval;
}

function mustBePossible(goal: LabelledGoal): void {
  const share = (value: number) => value > 0 && value < 1;
  if (goal.kind === "escape" && !share(goal.rate))
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[escapeOutOfRange] An escape rate of ${{ rate: goal.rate * 100 }} % is not between 0 and 100 %: choose for example 1 %.`,
    );
  if (goal.kind !== "costs") return;
  if (!(goal.falseReject > 0 && goal.escape > 0 && share(goal.prevalence)))
    throw new GoldenSampleError(
      "BAD_REQUEST",
      sentence`[costsOutOfRange] The costs of a false reject and of an escape must be above 0 and the share of defective parts between 0 and 100 %: correct them.`,
    );
}

/** All thresholds that make a difference: below every score, and between neighbours of unequal score. */
function cutsOf(items: readonly LabelledScore[]): Cut[] {
  const sorted = [...items].sort((a, b) => a.score - b.score);
  let rejected = sorted.filter((item) => !item.defective).length;
  let escaped = 0;
  const lowest = sorted[0]!.score;
  const cuts: Cut[] = [{ threshold: lowest - Math.max(Math.abs(lowest) * 1e-6, Number.MIN_VALUE), rejected, escaped }];
  for (const [i, { score, defective }] of sorted.entries()) {
    if (defective) escaped++;
    else rejected--;
    const next = sorted[i + 1]?.score;
    if (next !== score) cuts.push({ threshold: next === undefined ? score : (score + next) / 2, rejected, escaped });
  }
  return cuts;
}

/** The middle one of the best cuts that lie together, so that neither side is cut close. */
function best(cuts: readonly Cut[], value: (cut: Cut) => number): Cut {
  const top = Math.max(...cuts.map(value));
  const first = cuts.findIndex((cut) => value(cut) >= top - 1e-12);
  let last = first;
  while (last + 1 < cuts.length && value(cuts[last + 1]!) >= top - 1e-12) last++;
  return cuts[(first + last) >> 1]!;
}

function cutForEscape(items: readonly LabelledScore[], cuts: readonly Cut[], rate: number): Cut {
  const defects = items
    .filter((item) => item.defective)
    .map((item) => item.score)
    .sort((a, b) => a - b);
  const rank = Math.floor((defects.length + 1) * rate + 1e-9);
  const allowed = cuts.filter((cut) => cut.escaped <= Math.min(rank, defects.length));
  const last = allowed.at(-1)!;
  if (rank === 0) return last;
  // The order statistic itself, which is what the promise is about; equal scores may let more of them through.
  const threshold = defects[Math.min(rank, defects.length) - 1]!;
  const passes = (item: LabelledScore) => item.score <= threshold;
  return {
    threshold,
    rejected: items.filter((item) => !item.defective && !passes(item)).length,
    escaped: items.filter((item) => item.defective && passes(item)).length,
  };
}

function sentenceFor(found: Omit<LabelledThreshold, "words" | "sentence">, goal: LabelledGoal): Sentence {
  const { good, defective: bad } = found;
  const shown = ({ rate, interval: { low, high } }: LabelledThreshold["escape"]) =>
    sentence`[shareBetween] ${{ share: percent(rate) }} (${{ low: percent(low) }} to ${{ high: percent(high) }})`;
  const seen = sentence`[labelledRates] Of ${{ good }} good parts ${{ rejected: shown(found.falseReject) }} are rejected and of ${{ bad }} defective ones ${{ escaping: shown(found.escape) }} escape, at ${{ confidence: percent(found.escape.interval.confidence) }} confidence.`;
  if (goal.kind !== "escape" || found.supported) return seen;
  const needed = Math.ceil(1 / goal.rate - 1e-9) - 1;
  return sentence`[labelledTooFew] ${{ bad }} defective parts can promise no escape rate below ${{ least: percent(1 / (bad + 1)) }}: the threshold lies under all of them, and ${{ needed }} would promise ${{ rate: percent(goal.rate) }}. ${{ seen }}`;
}
