import { shortPath } from "../data/notes";
import type { Evaluation } from "../evaluation";
import type { Summary } from "../summary";
import { TruthReader } from "../truth-reader";
import { detectionOf } from "./breakdown";
import { backboneKey, HISTOGRAM_KEY, proChart, rocChart, scoreHistogram, shotsChart } from "./charts";
import { html, Markup } from "./markup";
import { type Case, type WorstCases, worstCases } from "./pictures";
import { STYLE } from "./style";
import { calibratedTable, figuresTable, operatingTable, percent, typesTable } from "./tables";

export interface ReportOptions {
  /** What was evaluated, as the user named it. */
  title: string;
  /** The command that made it, to make it again. */
  command: string;
  created: Date;
}

/** Pictures of misses, and of false alarms, for an object. */
const CASES = 6;
/** With more objects than these there are fewer pictures of each, and the report stays small. */
const MANY_OBJECTS = 3;

/** The draws of one object with one backbone and the number of references that did best. */
interface Section {
  object: string;
  backbone: string;
  draws: Evaluation[];
}

/**
 * One page that needs nothing else: figures, curves, kinds of defects, and pictures of what was got wrong.
 * @returns HTML; every word that is not ours is escaped
 * @throws {GoldenSampleError} BAD_IMAGE where a picture can no longer be read
 */
export async function renderReport(
  evaluations: readonly Evaluation[],
  summaries: readonly Summary[],
  { title, command, created }: ReportOptions,
): Promise<string> {
  const sections = sectionsOf(evaluations);
  const objects = new Set(evaluations.map(({ object }) => object)).size;
  const truths = new TruthReader();
  const parts: Markup[] = [];
  for (const section of sections) {
    const cases = await worstCases(section.draws[0]!, objects > MANY_OBJECTS ? CASES / 2 : CASES, truths);
    parts.push(sectionPart(section, cases, sections.length > 2));
  }
  const overall = objects > 1 ? summaries.filter(({ object }) => object === undefined) : summaries;
  const shots = shotsChart(overall);
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}: anomaly detection evaluated</title><style>${new Markup(STYLE)}</style></head>
<body><main>
<h1>${title}</h1>
<p class="soft">Anomaly detection from a few photos of good parts, evaluated on ${facts(evaluations)}, ${created.toISOString().slice(0, 10)}.</p>
${tiles(best(overall), evaluations)}
<h2>Figures</h2>
<p class="note">1 is perfect. AUROC is how often a defective part scores higher than a good one; 0.5 is guessing. AUPRO says how well the marked areas cover the real defects. ± is the deviation over draws of references.</p>
${figuresTable(summaries)}
${notesPart(summaries)}
${shots && html`<div class="charts"><div class="card"><h3>How many references are enough?</h3>${backboneKey(overall)}${shots}</div></div>`}
${parts}
<h2>How this was made</h2>
<p><code>${command}</code></p>
<p class="note">Every test image was compared with a bank of good references, or without references with all others (AnomalyDINO, arXiv 2405.14529); the references of a draw are never test images. Images are scored by the mean of their worst patches: with lite and several references the worst 0.5 %, of distances relative to what is typical, else the worst 1 %. Pixel-level figures are exact over all pixels of all images; AUPRO is integrated to a false-positive rate of 0.3.</p>
<p class="note">Made by golden-sample.</p>
</main></body></html>
`;
  return page.text;
}

function sectionsOf(evaluations: readonly Evaluation[]): Section[] {
  const found = new Map<string, Evaluation[]>();
  for (const evaluation of evaluations) {
    const key = JSON.stringify([evaluation.object, evaluation.backbone]);
    found.set(key, [...(found.get(key) ?? []), evaluation]);
  }
  return [...found.values()].map((all) => {
    const shots = Math.max(...all.map((evaluation) => evaluation.shots));
    const { object, backbone } = all[0]!;
    return { object, backbone, draws: all.filter((evaluation) => evaluation.shots === shots) };
  });
}

function facts(evaluations: readonly Evaluation[]): string {
  const objects = new Map(evaluations.map((evaluation) => [evaluation.object, evaluation]));
  const images = [...objects.values()].flatMap((evaluation) => evaluation.images);
  const defective = images.filter(({ type }) => type !== "good").length;
  const where = objects.size > 1 ? ` of ${objects.size} objects` : "";
  return `${images.length - defective} good and ${defective} defective images${where}`;
}

const best = (summaries: readonly Summary[]) =>
  summaries.reduce((a, b) => ((b.figures.imageAuroc?.mean ?? 0) > (a.figures.imageAuroc?.mean ?? 0) ? b : a));

function tiles({ backbone, shots, figures, milliseconds }: Summary, evaluations: readonly Evaluation[]): Markup {
  const draws = evaluations.filter((draw) => draw.backbone === backbone && draw.shots === shots);
  const shares = draws.map((draw) => detectionOf(draw, 0.01)).filter((share) => share !== undefined);
  const found = shares.length === 0 ? undefined : shares.reduce((sum, share) => sum + share, 0) / shares.length;
  // Patch features that an earlier draw had found were not computed again.
  const known =
    evaluations.filter((draw) => draw.backbone === backbone).length > new Set(draws.map(({ object }) => object)).size;
  const time = known
    ? "an image, median, features of earlier draws taken over"
    : "an image, median, on the machine that made this";
  const tile = (value: string | undefined, words: string) =>
    value === undefined ? undefined : html`<div class="card tile"><b>${value}</b><span>${words}</span></div>`;
  return html`<div class="tiles">
${tile(figures.imageAuroc?.mean.toFixed(3), "image AUROC")}
${tile(found === undefined ? undefined : percent(found), "of defects found with at most 1 % of good parts rejected")}
${tile(figures.aupro?.mean.toFixed(3), "AUPRO, how well defects are located")}
${tile(milliseconds === undefined ? undefined : `${milliseconds.toFixed(0)} ms`, time)}
${tile(shots === 0 ? "none" : String(shots), shots === 0 ? `references; backbone ${backbone}` : `references of good parts; backbone ${backbone}`)}
</div>`;
}

function sectionPart({ object, backbone, draws }: Section, cases: WorstCases, folded: boolean): Markup {
  const [first] = draws as [Evaluation, ...Evaluation[]];
  const { shots, masking, rotate, unreadable } = first;
  const card = (heading: string, content: Markup | undefined, note?: Markup) =>
    content && html`<div class="card"><h3>${heading}</h3>${content}${note}</div>`;
  const basis =
    shots === 0
      ? "Every image against all others, no references."
      : `${shots} references, ${draws.length} ${draws.length === 1 ? "draw" : "draws"}; histogram, table and pictures are of the first.`;
  const body = html`<p class="soft">${basis} ${rotate ? "Banks enriched by rotations; " : ""}${masking}.</p>
${unreadable.length > 0 && html`<p><b>${unreadable.length} images could not be read</b> and are in no figure: ${unreadable.map(({ path }) => path).join(", ")}</p>`}
<div class="charts">
${card("Scores", html`${HISTOGRAM_KEY}${scoreHistogram(first)}`)}
${card("ROC", rocChart(draws))}
${card("Per-region overlap", proChart(draws))}
</div>
<div class="charts tables">
${card("Kinds of defects, hardest first", typesTable(first))}
${card("What a threshold can do", operatingTable(first))}
${card("Thresholds from the references alone", calibratedTable(draws), html`<p class="note">Chosen without any test image, as the threshold node does.</p>`)}
</div>
${casesPart("Defects with the lowest scores", "would be missed first", cases.misses, first)}
${casesPart("Good parts with the highest scores", "would be rejected first", cases.alarms, first)}`;
  const heading = `${object}, ${backbone}`;
  if (!folded) return html`<h2>${heading}</h2>${body}`;
  return html`<details><summary>${heading}: image AUROC ${first.imageAuroc?.toFixed(3) ?? "–"}</summary>${body}</details>`;
}

function casesPart(
  heading: string,
  why: string,
  cases: readonly Case[],
  { f1Threshold }: Evaluation,
): Markup | undefined {
  if (cases.length === 0) return undefined;
  const outlined = cases.some(({ image }) => image.masks !== undefined);
  const threshold =
    f1Threshold === undefined
      ? "No verdicts, for without good and defective images there is no threshold of the best F1"
      : "Missed, found and false alarm are meant at the threshold of the best F1";
  return html`<h3>${heading}</h3>
<p class="note">They ${why}. Yellow to red: patches that are unlike the references, framed${outlined && "; the light blue line is the true defect"}. ${threshold}.</p>
<div class="pictures">${cases.map(
    ({
      image,
      picture,
    }) => html`<figure><img src="data:image/jpeg;base64,${picture.toString("base64")}" alt="${image.type}, score ${image.score.toPrecision(3)}">
<figcaption><b>${image.score.toPrecision(3)}</b> ${image.type}${outcome(image, f1Threshold)}<br>${shortPath(image.path)}</figcaption></figure>`,
  )}</div>`;
}

function outcome({ type, score }: Case["image"], threshold: number | undefined): string {
  if (threshold === undefined) return "";
  if (type === "good") return score >= threshold ? " · false alarm" : " · passed";
  return score < threshold ? " · missed" : " · found";
}

/** What was left out and why, each sentence once. */
function notesPart(summaries: readonly Summary[]): Markup | undefined {
  const several = summaries.some(({ object }) => object === undefined);
  const lines = summaries.flatMap(({ object, notes }) =>
    notes.map((note) => (several && object !== undefined ? `${object}: ${note}` : note)),
  );
  if (lines.length === 0) return undefined;
  return html`<h3>What was left out</h3>
<ul class="note">${[...new Set(lines)].map((note) => html`<li>${note}</li>`)}</ul>`;
}
