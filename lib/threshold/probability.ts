import type { LabelledScore } from "./labelled";

/** Turns a score into the probability that the part is defective, 0..1. */
export interface ProbabilityMap {
  method: "platt" | "isotonic";
  at(score: number): number;
}

/** Labels of each kind from which on isotonic regression has enough steps to be better than a curve of two numbers. */
const ISOTONIC_FROM = 200;

/**
 * Learns from labelled scores what a score means. With few labels a logistic curve of the log scores (Platt 1999,
 * by Newton steps as Lin, Lin and Weng 2007), with many a monotone step function (isotonic regression; Zadrozny and
 * Elkan 2002), which Niculescu-Mizil and Caruana (2005) found better from some hundreds of labels on.
 * @param prevalence the share of parts that are defective on the line, where the labelled ones are not drawn from it
 * @returns undefined without a good and a defective part
 */
export function fitProbability(
  items: readonly LabelledScore[],
  options: { method?: ProbabilityMap["method"] | "auto"; prevalence?: number } = {},
): ProbabilityMap | undefined {
  const defective = items.filter((item) => item.defective).length;
  const good = items.length - defective;
  if (good === 0 || defective === 0) return undefined;
  const wanted = options.method ?? "auto";
  const method = wanted === "auto" ? (Math.min(good, defective) >= ISOTONIC_FROM ? "isotonic" : "platt") : wanted;
  const at = method === "platt" ? platt(items, good, defective) : isotonic(items);
  if (options.prevalence === undefined) return { method, at };
  // Bayes' rule: the odds among the labelled parts, brought to those on the line.
  const factor = ((options.prevalence / (1 - options.prevalence)) * good) / defective;
  return {
    method,
    at: (score) => {
      const odds = at(score) * factor;
      return odds / (odds + 1 - at(score));
    },
  };
}

/** 1 / (1 + exp(-(slope x + offset))), x the log score where all scores are positive. */
function platt(items: readonly LabelledScore[], good: number, defective: number): (score: number) => number {
  const isLog = items.every((item) => item.score > 0);
  const least = Math.min(...items.map((item) => item.score));
  const raw = (score: number) => (isLog ? Math.log(Math.max(score, least * 1e-3)) : score);
  const values = items.map((item) => raw(item.score));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) || 1;
  const xs = values.map((value) => (value - mean) / deviation);
  // Platt's targets: never quite 0 or 1, or parts that are well apart would make the curve a step.
  const [high, low] = [(defective + 1) / (defective + 2), 1 / (good + 2)];
  const targets = items.map((item) => (item.defective ? high : low));
  const { slope, offset } = newton(xs, targets, Math.log((defective + 1) / (good + 1)));
  return (score) => logistic((slope * (raw(score) - mean)) / deviation + offset);
}

const logistic = (value: number) => 1 / (1 + Math.exp(-value));

function newton(xs: readonly number[], targets: readonly number[], start: number): { slope: number; offset: number } {
  const loss = (slope: number, offset: number) =>
    xs.reduce((sum, x, i) => {
      const f = slope * x + offset;
      // log(1 + e^f) without overflow
      return sum + Math.max(f, 0) + Math.log1p(Math.exp(-Math.abs(f))) - targets[i]! * f;
    }, 0);
  let [slope, offset] = [0, start];
  for (let step = 0; step < 100; step++) {
    let [gradientA, gradientB, aa, ab, bb] = [0, 0, 1e-9, 0, 1e-9];
    for (const [i, x] of xs.entries()) {
      const p = logistic(slope * x + offset);
      const weight = p * (1 - p);
      gradientA += (p - targets[i]!) * x;
      gradientB += p - targets[i]!;
      aa += weight * x * x;
      ab += weight * x;
      bb += weight;
    }
    if (Math.hypot(gradientA, gradientB) < 1e-9) break;
    const determinant = aa * bb - ab * ab;
    const [moveA, moveB] = [
      (bb * gradientA - ab * gradientB) / determinant,
      (aa * gradientB - ab * gradientA) / determinant,
    ];
    const before = loss(slope, offset);
    let length = 1;
    while (length > 1e-10 && !(loss(slope - length * moveA, offset - length * moveB) <= before)) length /= 2;
    slope -= length * moveA;
    offset -= length * moveB;
  }
  return { slope, offset };
}

interface Block {
  from: number;
  to: number;
  sum: number;
  count: number;
}

/** Pool adjacent violators; straight lines between the blocks, so that probabilities do not jump. */
function isotonic(items: readonly LabelledScore[]): (score: number) => number {
  const blocks: Block[] = [];
  for (const { score, defective } of [...items].sort((a, b) => a.score - b.score)) {
    blocks.push({ from: score, to: score, sum: defective ? 1 : 0, count: 1 });
    for (let last = blocks.at(-1)!, before = blocks.at(-2); before; last = blocks.at(-1)!, before = blocks.at(-2)) {
      const inOrder = before.sum / before.count < last.sum / last.count && before.to < last.from;
      if (inOrder) break;
      blocks.splice(-2, 2, {
        from: before.from,
        to: last.to,
        sum: before.sum + last.sum,
        count: before.count + last.count,
      });
    }
  }
  const value = ({ sum, count }: Block) => sum / count;
  return (score) => {
    const after = blocks.findIndex((block) => score <= block.to);
    const next = blocks[after];
    if (!next) return value(blocks.at(-1)!);
    const before = blocks[after - 1];
    if (score >= next.from || !before) return value(next);
    const share = (score - before.to) / (next.from - before.to);
    return value(before) + share * (value(next) - value(before));
  };
}
