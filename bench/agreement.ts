import type { ScoredDefect } from "../lib/bank/memory-bank";
import { detection, mustFind } from "../lib/made-defects/detection";
import { defaultThreshold } from "../lib/threshold/default-threshold";
import { rankCorrelation } from "./rank-correlation";

/** What one bank's references, made defects and real parts score. */
export interface Measured {
  set: string;
  calibration: readonly number[];
  made: readonly ScoredDefect[];
  /** Of real parts, by kind of defect; `good` ones, too. */
  types: Readonly<Record<string, readonly number[]>>;
}

/** Size from which the defects of a kind are compared: smaller ones are found nowhere. */
const LARGE = 0.04;

/**
 * Rank correlation of the share of made defects that the default threshold finds with the share of real ones, over all
 * banks and within each set: a line for those that must be found and one a kind.
 */
export function agreement(measured: readonly Measured[]): object[] {
  const kinds = [...new Set(measured.flatMap(({ made }) => made.map(({ kind }) => kind)))];
  const groups = [
    { made: "must be found", of: mustFind },
    ...kinds.map((kind) => ({
      made: kind,
      of: (all: readonly ScoredDefect[]) => all.filter((each) => each.kind === kind && each.size >= LARGE),
    })),
  ];
  return groups.map(({ made, of }) => {
    const points = measured.flatMap(({ set, calibration, made: all, types }) => {
      const { threshold } = defaultThreshold(calibration, false);
      const { share } = detection(of([...all]), threshold);
      const real = Object.entries(types).flatMap(([type, scores]) => (type === "good" ? [] : scores));
      const found = real.filter((score) => score > threshold).length / real.length;
      return share === undefined ? [] : [{ set, share, found }];
    });
    const correlation = (some: typeof points) => {
      const value = rankCorrelation(
        some.map(({ share }) => share),
        some.map(({ found }) => found),
      );
      return Number.isFinite(value) ? Number(value.toFixed(2)) : null;
    };
    const sets = [...new Set(points.map(({ set }) => set))];
    const within = sets.map((set) => [set, correlation(points.filter((point) => point.set === set))] as const);
    return { made, banks: points.length, all: correlation(points), ...Object.fromEntries(within) };
  });
}
