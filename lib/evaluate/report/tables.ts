import type { Evaluation } from "../evaluation";
import { FIGURE_NAMES, FIGURES, type Spread, type Summary } from "../summary";
import { byType, operatingPoints } from "./breakdown";
import { calibratedOutcomes } from "./calibrated";
import { html, type Markup } from "./markup";

export const percent = (share: number | undefined) =>
  share !== undefined ? `${(100 * share).toFixed(share >= 0.995 && share < 1 ? 1 : 0)} %` : "–";

/** All figures, a row for each object, backbone and number of references. */
export function figuresTable(summaries: readonly Summary[]): Markup {
  const shown = FIGURES.filter((name) => summaries.some(({ figures }) => figures[name]));
  const several = new Set(summaries.map(({ object }) => object)).size > 1;
  return html`<div class="card scroll"><table>
<thead><tr>${several && html`<th>object</th>`}<th class="word">backbone</th><th>references</th><th>draws</th>${shown.map((name) => html`<th>${FIGURE_NAMES[name]}</th>`)}<th>ms</th></tr></thead>
<tbody>${summaries.map(
    ({ object, backbone, shots, draws, figures, milliseconds }) => html`
<tr${object === undefined ? html` class="mean"` : ""}>${several && html`<td>${object ?? "mean of the objects"}</td>`}<td class="word">${backbone}</td><td>${shots === 0 ? "none" : shots}</td><td>${draws}</td>${shown.map((name) => html`<td>${spread(figures[name], draws)}</td>`)}<td>${milliseconds?.toFixed(0) ?? "–"}</td></tr>`,
  )}</tbody></table></div>`;
}

function spread(value: Spread | undefined, draws: number): Markup | string {
  if (!value) return "–";
  return draws > 1
    ? html`${value.mean.toFixed(3)} <small>± ${value.deviation.toFixed(3)}</small>`
    : value.mean.toFixed(3);
}

/** The kinds of defects, the hardest first; undefined without defects. */
export function typesTable(draw: Evaluation): Markup | undefined {
  const rows = byType(draw);
  if (rows.length === 0) return undefined;
  return html`<div class="scroll"><table>
<thead><tr><th>kind</th><th>images</th><th class="word">AUROC</th><th>found</th></tr></thead>
<tbody>${rows.map(
    ({ type, images, auroc, found }) => html`
<tr><td>${type}</td><td>${images}</td><td class="word">${auroc === undefined ? "–" : html`${bar(auroc)}${auroc.toFixed(3)}`}</td><td>${found === undefined ? "–" : `${found} of ${images}`}</td></tr>`,
  )}</tbody></table></div>`;
}

const bar = (share: number) => html`<span class="bar"><i style="width:${(100 * share).toFixed(0)}%"></i></span>`;

/** What can be found for how many good parts rejected; undefined without good or without defective images. */
export function operatingTable(draw: Evaluation): Markup | undefined {
  const points = operatingPoints(draw);
  if (points.length === 0) return undefined;
  return html`<div class="scroll"><table>
<thead><tr><th>good parts rejected, at most</th><th class="word">defects found</th></tr></thead>
<tbody>${points.map(
    ({ rejected, found }) =>
      html`<tr><td>${percent(rejected)}</td><td class="word">${bar(found)}${percent(found)}</td></tr>`,
  )}</tbody></table></div>`;
}

/** How thresholds do that were chosen without any test image. */
export function calibratedTable(draws: readonly Evaluation[]): Markup | undefined {
  const outcomes = calibratedOutcomes(draws);
  if (outcomes.length === 0) return undefined;
  return html`<div class="scroll"><table>
<thead><tr><th>false-reject rate asked for</th><th>good parts rejected</th><th>defects found</th></tr></thead>
<tbody>${outcomes.map(
    ({ asked, rejected, found }) =>
      html`<tr><td>${asked === undefined ? "none: balanced, the default" : percent(asked)}</td><td>${percent(rejected)}</td><td>${percent(found)}</td></tr>`,
  )}</tbody></table></div>`;
}
