import type { Figures } from "../scenario";

/** One line of a chart: x and y of its points, from left to right. */
export interface Series {
  name: string;
  points: readonly (readonly [number, number])[];
  /** Drawn broken: the same thing done another way. */
  isVariant?: boolean;
}

/** Two logarithmic axes, and lines in them. */
export interface Chart {
  title: string;
  /** With their units. */
  xLabel: string;
  yLabel: string;
  /** Marked on the x axis; absent: round numbers. */
  xTicks?: readonly number[];
  series: readonly Series[];
}

/** Every point as a figure of the scenario's JSON line. */
export function figuresOf(charts: readonly Chart[]): Figures {
  const points = charts.flatMap(({ title, yLabel, series }) =>
    series.flatMap(({ name, points }) => points.map(([x, y]) => [`${title}: ${name}, ${x} (${yLabel})`, y] as const)),
  );
  return Object.fromEntries(points);
}
