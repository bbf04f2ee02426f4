import type { Bar, Figures, Scenario } from "./scenario";

/** What became of one scenario. */
export type Outcome = { figures: Figures } | { skipped: string } | { failed: string };

/** Whether a figure reaches its bar, in a word or two. */
export function verdict(value: number, { atMost = Infinity, atLeast = -Infinity, aim }: Bar): string {
  if (!(value <= atMost && value >= atLeast)) return "missed";
  if (aim === undefined) return "met";
  return (atMost < Infinity ? value <= aim : value >= aim) ? "met, aim too" : "met";
}

/** All bars of a run, one a line, as a Markdown table. */
export function barTable(results: readonly (readonly [Scenario, Outcome])[]): string {
  const rows = results.flatMap(([scenario, outcome]) =>
    scenario.bars.map((bar) => [scenario.name, bar.what, ...measured(bar, outcome)]),
  );
  const table = [["scenario", "what", "measured", "bar", "verdict"], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`);
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

function measured(bar: Bar, outcome: Outcome): [string, string, string] {
  const wanted = limit(bar);
  if ("skipped" in outcome) return ["-", wanted, `skipped: ${outcome.skipped}`];
  if ("failed" in outcome) return ["-", wanted, `failed: ${outcome.failed}`];
  const value = outcome.figures[bar.figure];
  if (typeof value !== "number") return ["-", wanted, "not measured"];
  return [String(rounded(value)), wanted, verdict(value, bar)];
}

function limit({ atMost, atLeast, aim }: Bar): string {
  const bounds = [
    atMost === undefined ? "" : `at most ${atMost}`,
    atLeast === undefined ? "" : `at least ${atLeast}`,
    aim === undefined ? "" : `aim ${aim}`,
  ];
  return bounds.filter((text) => text !== "").join(", ");
}

/** Four digits: no measurement here is worth more. */
export const rounded = (value: number) => Number(value.toPrecision(4));
