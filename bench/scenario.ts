import type { Setting } from "./setting";

/** What was measured, by name: milliseconds, megabytes and ratios as numbers, anything else as text. */
export type Figures = Readonly<Record<string, number | string>>;

/** What one figure should come to. */
export interface Bar {
  /** Key of the figure; one that a run leaves out is shown as not measured. */
  figure: string;
  /** In words, with its unit where it has one: a row of the table. */
  what: string;
  atMost?: number;
  atLeast?: number;
  /** Better than the bar, and what we would like. */
  aim?: number;
}

/** One question to the hardware: a file in `scenarios/`, listed in `scenarios/index.ts`. */
export interface Scenario {
  /** As it is called on the command line. */
  readonly name: string;
  /** One line for `--help`. */
  readonly about: string;
  readonly bars: readonly Bar[];
  /**
   * Leaves nothing behind: sessions are released, processes ended.
   * @throws {Skipped} where the machine lacks what is to be measured
   */
  run(setting: Setting): Promise<Figures>;
}

/** Said instead of figures, with what is missing. */
export class Skipped extends Error {}
