import type { Evaluation, Figures } from "./evaluation";

/** A figure over several draws. */
export interface Spread {
  mean: number;
  /** Sample standard deviation; 0 for a single draw. */
  deviation: number;
}

/** At the default threshold, which published tables have nothing of. */
export const VERDICT_FIGURES = ["balancedAccuracy", "escapes", "rejects"] as const;
export const FIGURES = [
  ...(["imageAuroc", "averagePrecision", "f1Max", "pixelAuroc", "pixelF1Max", "aupro"] as const),
  ...VERDICT_FIGURES,
] as const;
export type Figure = (typeof FIGURES)[number];

/** As tables call them. */
export const FIGURE_NAMES: Readonly<Record<Figure, string>> = {
  imageAuroc: "image AUROC",
  averagePrecision: "image AP",
  f1Max: "image F1-max",
  pixelAuroc: "pixel AUROC",
  pixelF1Max: "pixel F1-max",
  aupro: "AUPRO",
  balancedAccuracy: "balanced acc.",
  escapes: "escapes",
  rejects: "rejects",
};

/** One object (or the mean of all) with one backbone and number of references, over all draws. */
export interface Summary {
  /** Absent: the mean over the objects. */
  object?: string;
  backbone: string;
  shots: number;
  draws: number;
  figures: { [K in Figure]?: Spread };
  /** Median time of a frame in the engine, its features included only where they were not known yet; absent without images. */
  milliseconds?: number;
  /** What was left out of the figures, or is missing for them, and why; each sentence once. */
  notes: string[];
}

/** All figures by name, null where one does not exist: a program tells "not there" from "forgotten". */
export const everyFigure = <T>(figures: { [K in Figure]?: T }): Record<Figure, T | null> =>
  Object.fromEntries(FIGURES.map((name) => [name, figures[name] ?? null])) as Record<Figure, T | null>;

/**
 * Means and deviations over the draws; where there are several objects, also of their mean, taken draw by draw as the
 * paper's tables have it.
 */
export function summarise(evaluations: readonly Evaluation[]): Summary[] {
  const objects = [...new Set(evaluations.map(({ object }) => object))];
  const summaries = groups(evaluations, ({ object, backbone, shots }) => JSON.stringify([object, backbone, shots])).map(
    (draws): Summary => ({ object: draws[0]!.object, ...spreads(draws, draws) }),
  );
  if (objects.length === 1) return summaries;
  const means = groups(evaluations, ({ backbone, shots }) => JSON.stringify([backbone, shots])).map((all): Summary => {
    const draws = groups(all, ({ seed }) => String(seed)).map(meanFigures);
    return { ...spreads(all, draws), notes: withoutMean(all) };
  });
  return [...summaries, ...means];
}

function spreads(all: readonly Evaluation[], draws: readonly Figures[]): Omit<Summary, "object"> {
  const { backbone, shots } = all[0]!;
  const figures: Summary["figures"] = {};
  for (const figure of FIGURES) {
    const values = draws.map((draw) => draw[figure]).filter((value) => value !== undefined);
    if (values.length === draws.length) figures[figure] = spread(values);
  }
  const times = all.flatMap(({ images }) => images.map(({ milliseconds }) => milliseconds)).sort((a, b) => a - b);
  const milliseconds = times[times.length >> 1];
  const notes = [...new Set(all.flatMap((evaluation) => evaluation.notes))];
  return { backbone, shots, draws: draws.length, figures, ...(milliseconds !== undefined && { milliseconds }), notes };
}

/** Objects without masks leave pixel-level means undefined: a mean over some of the objects is another figure. */
function meanFigures(evaluations: readonly Evaluation[]): Figures {
  const mean: Partial<Figures> = {};
  for (const figure of FIGURES) {
    const values = evaluations.map((evaluation) => evaluation[figure]).filter((value) => value !== undefined);
    if (values.length === evaluations.length) mean[figure] = average(values);
  }
  return mean as Figures;
}

/** Names the objects for whose sake a mean does not exist, of figures that others have. */
function withoutMean(evaluations: readonly Evaluation[]): string[] {
  const lacking = new Map<string, string[]>();
  for (const figure of FIGURES) {
    const without = evaluations.filter((evaluation) => evaluation[figure] === undefined);
    if (without.length === 0 || without.length === evaluations.length) continue;
    const objects = [...new Set(without.map(({ object }) => object))].join(", ");
    lacking.set(objects, [...(lacking.get(objects) ?? []), FIGURE_NAMES[figure]]);
  }
  return [...lacking].map(([objects, names]) => `no mean of ${names.join(", ")}: there is none of ${objects}`);
}

function spread(values: readonly number[]): Spread {
  const mean = average(values);
  if (values.length < 2) return { mean, deviation: 0 };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function groups(evaluations: readonly Evaluation[], key: (evaluation: Evaluation) => string): Evaluation[][] {
  const found = new Map<string, Evaluation[]>();
  for (const evaluation of evaluations) {
    const own = found.get(key(evaluation));
    if (own) own.push(evaluation);
    else found.set(key(evaluation), [evaluation]);
  }
  return [...found.values()];
}
