import type { ScoredDefect } from "../../bank/memory-bank";
import type { MadeDefectsResult } from "../../engine/requests/build";
import { type DetectionRow, detectionTable } from "../../made-defects/detection";
import { briefOf, findsOf } from "../../made-defects/finds";
import { html, Markup } from "./markup";
import type { ReportOptions } from "./report";
import { STYLE } from "./style";
import { percent } from "./tables";

/** Beside the report's own looks: many small pictures, found ones framed and missed ones dashed. */
const SHEET_STYLE = `
.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(132px, 1fr)); gap: 10px; margin: 10px 0 22px; }
.sheet figure { border-width: 2px; } .sheet img { height: 112px; }
.sheet .found { border-color: var(--good); } .sheet .missed { border-color: var(--bad); border-style: dashed; }
.sheet .none { opacity: .55; } .sheet figcaption { font-size: 12px; padding: 5px 8px; }
`;

/**
 * One page that needs nothing else: what a threshold finds of made defects, and each of them to look at.
 * @param made with its pictures
 * @returns HTML; every word that is not ours is escaped
 */
export function renderMadeDefects(
  made: MadeDefectsResult,
  { title, threshold, command, created }: ReportOptions & { threshold: number },
): string {
  const { defects } = made;
  const finds = findsOf(briefOf(made), threshold);
  const rows = detectionTable(defects, threshold);
  const kinds = [...new Set(defects.map(({ kind }) => kind))];
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}: what would be found</title><style>${new Markup(STYLE + SHEET_STYLE)}</style></head>
<body><main>
<h1>${title}</h1>
<p class="soft">${defects.length} defects painted on the references themselves, each scored against the bank without the reference it is on, ${created.toISOString().slice(0, 10)}.</p>
<p><b>${finds ? `At the threshold ${threshold.toPrecision(4)} the bank ${finds.words}.` : "Nothing can be said: no defect could be painted, or every reference is over the threshold without one."}</b></p>
<h2>Found at this threshold</h2>
<p class="note">Sizes are the longest side, as a share of the part's shorter edge. Contrast is the change from black to white. In brackets: where the share lies at 95 % confidence.</p>
${foundTable(rows)}
<h2>Each of them</h2>
<p class="note">Blue frame: found. Orange dashes: missed. Pale: on a reference that is over the threshold without a defect, and not counted. Below: the score over the threshold.</p>
${kinds.map((kind) => html`<h3>${kind}</h3><div class="sheet">${(made.pictures ?? []).flatMap(({ defect, picture }) => (defects[defect]!.kind === kind ? figure(defects[defect]!, picture, threshold) : []))}</div>`)}
<h2>How this was made</h2>
<p><code>${command}</code></p>
<p class="note">Painted defects tell what size and contrast the bank can see. They are no real ones: a real defect may be plainer or fainter.</p>
<p class="note">Made by golden-sample.</p>
</main></body></html>
`;
  return page.text;
}

function foundTable(rows: readonly DetectionRow[]): Markup {
  const sizes = [...new Set(rows.map(({ size }) => size))].sort((a, b) => a - b);
  const key = ({ kind, contrast }: DetectionRow) => JSON.stringify([kind, contrast]);
  const lines = [...new Map(rows.map((row) => [key(row), row])).values()];
  const cell = (line: DetectionRow, size: number) => {
    const row = rows.find((each) => key(each) === key(line) && each.size === size);
    if (row?.share === undefined || !row.interval) return "–";
    return html`${row.found} of ${row.count} <small>(${percent(row.interval.low)} to ${percent(row.interval.high)})</small>`;
  };
  return html`<div class="card scroll"><table>
<thead><tr><th>kind</th><th>contrast</th>${sizes.map((size) => html`<th>${percent(size)}, ${Math.round(rows.find((row) => row.size === size)!.pixels)} px</th>`)}</tr></thead>
<tbody>${lines.map(
    (line) => html`
<tr><td>${line.kind}</td><td>${line.contrast === undefined ? "–" : percent(line.contrast)}</td>${sizes.map((size) => html`<td>${cell(line, size)}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}

function figure(
  { kind, size, pixels, contrast, score, clean }: ScoredDefect,
  picture: Buffer,
  threshold: number,
): Markup {
  const outcome = clean > threshold ? "none" : score > threshold ? "found" : "missed";
  const words = { none: "not counted", found: "found", missed: "missed" }[outcome];
  const what = `${percent(size)}, ${Math.round(pixels)} px${contrast === undefined ? "" : `, contrast ${percent(contrast)}`}`;
  return html`<figure class="${outcome}"><img src="data:image/jpeg;base64,${picture.toString("base64")}" alt="${kind}, ${what}: ${words}">
<figcaption><b>${words}</b> ${(score / threshold).toFixed(2)}<br>${what}</figcaption></figure>`;
}
