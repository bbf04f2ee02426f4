import { escapeText } from "../../lib/evaluate/report/markup";
import type { Chart, Series } from "./chart";
import { logTicks } from "./log-ticks";

/** Pixels: of a chart with its labels, and of what is around the field of its lines. */
const CELL = { width: 440, height: 346 };
const MARGIN = { left: 64, right: 20, top: 92, bottom: 48 };
const COLUMNS = 2;
const FIELD = {
  width: CELL.width - MARGIN.left - MARGIN.right,
  height: CELL.height - MARGIN.top - MARGIN.bottom,
};

interface Colours {
  ground: string;
  ink: string;
  rule: string;
  first: string;
  second: string;
}

const LIGHT: Colours = { ground: "#ffffff", ink: "#1f2328", rule: "#d8dee4", first: "#0a5fd0", second: "#b34700" };
const DARK: Colours = { ground: "#0d1117", ink: "#e6edf3", rule: "#30363d", first: "#6cb0ff", second: "#ff9b57" };

/** A ground of its own, light or dark as the reader has it, so that the lines are seen on any page. */
const STYLE = `
${coloured(LIGHT)}
@media (prefers-color-scheme: dark) {
${coloured(DARK)}
}
text { font: 12px system-ui, sans-serif }
.title { font-size: 14px; font-weight: 600 }
.line { fill: none; stroke-width: 2 }
.variant { stroke-dasharray: 6 4 }
circle { stroke-width: 2 }`;

/** No variables of style sheets: not every program that draws SVG knows them. */
function coloured({ ground, ink, rule, first, second }: Colours): string {
  return [
    `.ground, circle { fill: ${ground} }`,
    `text { fill: ${ink} }`,
    `.rule { stroke: ${rule} }`,
    `.first { stroke: ${first} }`,
    `.second { stroke: ${second} }`,
  ].join("\n");
}

interface Scale {
  ticks: readonly number[];
  /** Pixels from the cell's left or top. */
  at(value: number): number;
}

/**
 * Charts side by side as one SVG picture, two in a row.
 * @param about said to who cannot see it
 * @throws Error for a point that no logarithmic axis has a place for
 */
export function drawCharts(charts: readonly Chart[], about: string): string {
  const rows = Math.ceil(charts.length / COLUMNS);
  const [width, height] = [CELL.width * Math.min(COLUMNS, charts.length), CELL.height * rows];
  const cells = charts.map((chart, i) => {
    const [left, top] = [CELL.width * (i % COLUMNS), CELL.height * Math.floor(i / COLUMNS)];
    return `<g transform="translate(${left} ${top})">\n${drawChart(chart)}\n</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeText(about)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    ...cells,
    "</svg>\n",
  ].join("\n");
}

function drawChart({ title, xLabel, yLabel, xTicks, series }: Chart): string {
  const points = series.flatMap((line) => line.points);
  const bad = points.find((point) => !point.every((value) => value > 0 && value < Infinity));
  if (bad) throw new Error(`The point (${bad.join(", ")}) of "${title}" has no place on a logarithmic axis.`);
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const x = scale(xTicks ?? ticksOf(xs), MARGIN.left, MARGIN.left + FIELD.width);
  const y = scale(ticksOf(ys), MARGIN.top + FIELD.height, MARGIN.top);
  const bottom = MARGIN.top + FIELD.height;
  const middle = MARGIN.left + FIELD.width / 2;
  return [
    text(MARGIN.left, 22, title, "start", "title"),
    ...x.ticks.map((tick) => text(x.at(tick), bottom + 18, shown(tick), "middle")),
    ...y.ticks.map((tick) => rule(y.at(tick))),
    ...y.ticks.map((tick) => text(MARGIN.left - 8, y.at(tick) + 4, shown(tick), "end")),
    text(middle, bottom + 38, xLabel, "middle"),
    text(MARGIN.left, MARGIN.top - 12, yLabel, "start"),
    ...series.map((line, i) => key(line, i, series)),
    ...series.map((line) => drawLine(line, series, x, y)),
  ].join("\n");
}

const ticksOf = (values: readonly number[]) => logTicks(Math.min(...values), Math.max(...values));

function scale(ticks: readonly number[], from: number, to: number): Scale {
  const [least, most] = [Math.log(ticks[0]!), Math.log(ticks.at(-1)!)];
  return { ticks, at: (value) => rounded(from + ((Math.log(value) - least) / (most - least)) * (to - from)) };
}

function drawLine(line: Series, all: readonly Series[], x: Scale, y: Scale): string {
  const places = line.points.map(([across, up]) => [x.at(across), y.at(up)] as const);
  const path = places.map(([left, top], i) => `${i === 0 ? "M" : "L"}${left} ${top}`).join(" ");
  const colour = colourOf(line, all);
  const marks = places.map(([left, top]) => `<circle class="${colour}" cx="${left}" cy="${top}" r="3"/>`);
  return [`<path class="line ${classOf(line, all)}" d="${path}"/>`, ...marks].join("\n");
}

/** What a line is, under the title. */
function key(line: Series, i: number, all: readonly Series[]): string {
  const left = MARGIN.left + (i % 2) * (FIELD.width / 2);
  const top = 38 + 15 * Math.floor(i / 2);
  return [
    `<path class="line ${classOf(line, all)}" d="M${left} ${top} h24"/>`,
    text(left + 30, top + 4, line.name, "start"),
  ].join("\n");
}

const classOf = (line: Series, all: readonly Series[]) => `${colourOf(line, all)}${line.isVariant ? " variant" : ""}`;

/** A line and the variant after it have one colour. */
function colourOf(line: Series, all: readonly Series[]): "first" | "second" {
  const plain = all.slice(0, all.indexOf(line) + 1).filter(({ isVariant }) => !isVariant);
  return plain.length > 1 ? "second" : "first";
}

const rule = (top: number) =>
  `<line class="rule" x1="${MARGIN.left}" x2="${MARGIN.left + FIELD.width}" y1="${top}" y2="${top}"/>`;

function text(left: number, top: number, words: string, anchor: "start" | "middle" | "end", name = ""): string {
  const style = name === "" ? "" : ` class="${name}"`;
  return `<text x="${left}" y="${top}" text-anchor="${anchor}"${style}>${escapeText(words)}</text>`;
}

const shown = (value: number) => value.toLocaleString("en-US");
const rounded = (pixels: number) => Math.round(pixels * 10) / 10;
