import type { Explanation } from "../../lib";
import { type Pair, placeOf } from "./pair";
import type { Part } from "./part";

export interface ReportedPart {
  part: Part;
  /** Absent where its picture is not kept any more. */
  explained?: Explanation;
}
interface Report {
  name: string;
  bank: string;
  pair: Pair;
  parts: readonly ReportedPart[];
  now: number;
}

/** Parts with pictures, the worst first. */
const WORST = 12;

/** The shift as one file to keep or to send: counts, where rejects lie most often, and the worst with their pictures. */
export function renderReport({ name, bank, pair, parts, now }: Report): string {
  const { ok, anomaly, unlike, dropped } = pair.counts;
  const inspected = ok + anomaly + unlike;
  const share = (count: number) => (inspected === 0 ? "" : `${((100 * count) / inspected).toFixed(1)} %`);
  const time = (at: number) => new Date(at).toISOString().replace("T", " ").slice(0, 19);
  const ours = parts.filter(({ part }) => part.time >= pair.since);
  const { places, whole } = pareto(pair, ours);
  const worst = [...ours].sort((a, b) => b.part.score - b.part.threshold - (a.part.score - a.part.threshold));
  const title = `Inspection: ${[name, bank].filter(Boolean).join(", ")}`;
  const counted = [
    ["ok", ok],
    ["anomaly", anomaly],
    ["unlike the references", unlike],
  ] as const;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title><style>${STYLE}</style></head><body>
<h1>${escaped(title)}</h1>
<p>${time(pair.since)} to ${time(now)} (UTC)</p>
<table><tr><th>verdict</th><th>parts</th><th></th></tr>
${counted.map(([label, count]) => `<tr><td>${label}</td><td>${count}</td><td>${share(count)}</td></tr>`).join("\n")}
<tr><td>dropped, not inspected</td><td>${dropped}</td><td></td></tr></table>
<h2>Where rejects lie</h2>
${places.length === 0 ? "<p>No reject of which the place is known.</p>" : bars(places)}
<p class="small">By the worst region of each${whole ? "" : `, of the last ${ours.length} rejects; tick <i>regions</i> in the score node to have them all`}.</p>
<h2>Worst parts</h2>
${worst.slice(0, WORST).map(figure).join("\n") || "<p>None was rejected.</p>"}
</body></html>
`;
}

function pareto({ places }: Pair, parts: readonly ReportedPart[]): { places: [string, number][]; whole: boolean } {
  const counts = new Map(places);
  const whole = counts.size > 0;
  if (!whole) {
    for (const { part, explained } of parts) {
      const place = part.verdict === "anomaly" ? placeOf(explained?.regions[0], explained?.image) : undefined;
      if (place) counts.set(place, (counts.get(place) ?? 0) + 1);
    }
  }
  return { places: [...counts].sort((a, b) => b[1] - a[1]), whole };
}

function bars(places: readonly [string, number][]): string {
  const most = places[0]![1];
  const total = places.reduce((sum, [, count]) => sum + count, 0);
  let sum = 0;
  const rows = places.map(([place, count]) => {
    sum += count;
    const width = Math.round((100 * count) / most);
    const share = Math.round((100 * sum) / total);
    return `<tr><td>${place}</td><td>${count}</td><td class="bar"><div style="width: ${width}%"></div></td><td>${share} %</td></tr>`;
  });
  return `<table><tr><th>place</th><th>parts</th><th></th><th>summed</th></tr>${rows.join("")}</table>`;
}

function figure({ part, explained }: ReportedPart): string {
  const { number, time, score, threshold, verdict, cause, label } = part;
  const facts = [
    `part ${number}, ${new Date(time).toISOString().slice(11, 19)}`,
    `${score.toPrecision(3)} of ${threshold.toPrecision(3)}`,
    cause ? `${verdict} (${cause})` : verdict,
    label ? `labelled ${label}` : "",
  ];
  const data = (type: string, bytes: Buffer) => `data:image/${type};base64,${bytes.toString("base64")}`;
  const picture = explained
    ? `<div class="frame"><img src="${data("jpeg", explained.picture)}" alt=""><img class="heat" src="${data("png", explained.heat)}" alt=""></div>`
    : "<p>Its picture is not kept any more.</p>";
  return `<figure>${picture}<figcaption>${escaped(facts.filter(Boolean).join(" · "))}</figcaption></figure>`;
}

const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

const STYLE = `body { font: 14px sans-serif; max-width: 1000px; margin: 24px auto; padding: 0 16px; color: #222; background: #fff; }
table { border-collapse: collapse; } td, th { padding: 4px 12px; text-align: left; border-bottom: 1px solid #ddd; }
.bar { width: 300px; } .bar div { height: 12px; background: #b33; } .small { font-size: 12px; color: #666; }
figure { display: inline-block; width: 300px; margin: 8px; vertical-align: top; break-inside: avoid; }
.frame { position: relative; } .frame img { width: 100%; display: block; } .heat { position: absolute; left: 0; top: 0; height: 100%; opacity: 0.7; }`;
