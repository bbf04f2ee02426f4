import { type Content, html, type Markup } from "./markup";

const WIDTH = 420;
const HEIGHT = 280;
const LEFT = 60;
const RIGHT = 22;
const TOP = 12;
const BOTTOM = 42;

/** Numbers to places in a chart. */
export interface Scale {
  x: (value: number) => number;
  y: (value: number) => number;
}

export interface Axis {
  from: number;
  to: number;
  label: string;
  ticks: readonly number[];
  /** Words for a tick. */
  format?: (value: number) => string;
}

/** A chart with axes and a grid; `draw` puts the data into it. @param title what a screen reader says */
export function chart(title: string, x: Axis, y: Axis, draw: (scale: Scale) => Content): Markup {
  const scale: Scale = {
    x: (value) => round(LEFT + ((value - x.from) / (x.to - x.from)) * (WIDTH - LEFT - RIGHT)),
    y: (value) => round(HEIGHT - BOTTOM - ((value - y.from) / (y.to - y.from)) * (HEIGHT - TOP - BOTTOM)),
  };
  const [bottom, right] = [HEIGHT - BOTTOM, WIDTH - RIGHT];
  const words = (axis: Axis, value: number) => axis.format?.(value) ?? String(value);
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">
${y.ticks.map(
  (tick) => html`<line class="grid" x1="${LEFT}" x2="${right}" y1="${scale.y(tick)}" y2="${scale.y(tick)}"/>
<text x="${LEFT - 7}" y="${scale.y(tick) + 4}" text-anchor="end">${words(y, tick)}</text>`,
)}
${x.ticks.map((tick) => html`<text x="${scale.x(tick)}" y="${bottom + 16}" text-anchor="middle">${words(x, tick)}</text>`)}
<path class="axis" d="M${LEFT} ${TOP}V${bottom}H${right}"/>
<text x="${(LEFT + right) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${x.label}</text>
<text transform="translate(11 ${(TOP + bottom) / 2}) rotate(-90)" text-anchor="middle">${y.label}</text>
${draw(scale)}
</svg>`;
}

/** A line through points, as an SVG path's data. */
export function line(points: readonly (readonly [number, number])[], { x, y }: Scale): string {
  return points.map(([a, b], i) => `${i === 0 ? "M" : "L"}${x(a)} ${y(b)}`).join("");
}

/** Round numbers from 0 to at least `to`, some five of them. */
export function ticksTo(to: number): number[] {
  const rough = to / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((value) => value >= rough) ?? power * 10;
  const count = Math.ceil(to / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}

const round = (value: number) => Math.round(value * 100) / 100;
