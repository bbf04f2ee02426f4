import { seededRandom } from "../../lib/random";

/** Uniform numbers in (0, 1), the same for the same seed. */
export function uniform(seed: number): () => number {
  const random = seededRandom(seed);
  // Half a step up from [0, 1): a quantile function may not see 0.
  return () => random() + 0.5 / 2 ** 32;
}

/** A distribution of scores, by its quantile function and its exact tail. */
export interface Distribution {
  name: string;
  draw(random: () => number): number;
  /** The share above. */
  above(score: number): number;
}

/** A standard normal number (Box and Muller). */
export const normal = (random: () => number) => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
const inside = (share: number) => Math.min(1, Math.max(0, share));

/** The standard normal's tail (Abramowitz and Stegun 26.2.17, exact to 1e-7). */
function normalAbove(z: number): number {
  if (z < 0) return 1 - normalAbove(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
}

const pareto = (index: number): Distribution => ({
  name: `Pareto, index ${index}`,
  draw: (random) => random() ** (-1 / index),
  above: (score) => inside(score ** -index),
});

/** From a bounded tail to heavy ones. */
export const DISTRIBUTIONS: readonly Distribution[] = [
  { name: "uniform", draw: (random) => 0.5 + random(), above: (score) => inside(1.5 - score) },
  { name: "normal", draw: (random) => 1 + 0.1 * normal(random), above: (score) => normalAbove((score - 1) / 0.1) },
  {
    name: "log-normal",
    draw: (random) => Math.exp(0.3 * normal(random)),
    above: (score) => normalAbove(Math.log(score) / 0.3),
  },
  {
    name: "Gumbel",
    draw: (random) => 3 - 0.3 * Math.log(-Math.log(random())),
    above: (score) => 1 - Math.exp(-Math.exp(-(score - 3) / 0.3)),
  },
  pareto(3),
  pareto(2),
];

/** What no tail fit can know: one part in ten of another kind, and a tail without a mean. */
export const NASTY: readonly Distribution[] = [
  {
    name: "a mixture",
    draw: (random) => (random() < 0.9 ? 1 + 0.05 * normal(random) : 1.3 + 0.1 * normal(random)),
    above: (score) => 0.9 * normalAbove((score - 1) / 0.05) + 0.1 * normalAbove((score - 1.3) / 0.1),
  },
  pareto(1),
];
