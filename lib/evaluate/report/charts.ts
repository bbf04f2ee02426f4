import { type Evaluation, isDefective } from "../evaluation";
import { rocCurve } from "../figures/image";
import { PRO_LIMIT } from "../figures/pixels";
import type { Summary } from "../summary";
import { chart, line, ticksTo } from "./chart";
import { html, type Markup } from "./markup";

const BINS = 26;
const COLOURS = ["var(--good)", "var(--bad)", "var(--third)", "var(--fourth)"];
const DASHES = ["", "7 4", "2 4", "9 3 2 3"];
const share = (value: number) => `${Math.round(value * 100)} %`;

/** How many good and defective images have which score; defective ones are hatched. */
export function scoreHistogram({ images, f1Threshold }: Evaluation): Markup {
  const largest = Math.max(...images.map(({ score }) => score), 1e-9);
  const ticks = ticksTo(largest);
  const to = ticks.at(-1)!;
  const counts = [false, true].map((defective) => {
    const bins = new Array<number>(BINS).fill(0);
    for (const image of images) {
      if (isDefective(image) === defective) bins[Math.min(BINS - 1, Math.floor((image.score / to) * BINS))]!++;
    }
    return bins;
  });
  const yTicks = ticksTo(Math.max(...counts.flat(), 1)).filter(Number.isInteger);
  const axes = [
    { from: 0, to, label: "image score", ticks },
    { from: 0, to: yTicks.at(-1)!, label: "images", ticks: yTicks },
  ] as const;
  return chart("Histogram of the image scores of good and defective images", ...axes, ({ x, y }) => [
    html`<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="var(--bad)" fill-opacity=".35"/><rect width="2.6" height="6" fill="var(--bad)"/></pattern></defs>`,
    ...counts.flatMap((bins, defective) =>
      bins.flatMap((count, i) => {
        if (count === 0) return [];
        const [left, right] = [x((i / BINS) * to), x(((i + 1) / BINS) * to)];
        const half = (right - left) / 2 - 0.6;
        const words = `${count} ${defective ? "defective" : "good"}, score ${((i / BINS) * to).toPrecision(3)} to ${(((i + 1) / BINS) * to).toPrecision(3)}`;
        const fill = defective ? "url(#hatch)" : "var(--good)";
        return html`<rect x="${left + (defective ? half + 0.8 : 0.4)}" y="${y(count)}" width="${half}" height="${y(0) - y(count)}" fill="${fill}"><title>${words}</title></rect>`;
      }),
    ),
    f1Threshold !== undefined &&
      html`<line x1="${x(f1Threshold)}" x2="${x(f1Threshold)}" y1="${y(axes[1].to)}" y2="${y(0)}" stroke="var(--ink)" stroke-dasharray="5 3"/><text class="strong" x="${x(f1Threshold) + (f1Threshold > to * 0.7 ? -5 : 5)}" y="${y(axes[1].to) + 9}" text-anchor="${f1Threshold > to * 0.7 ? "end" : "start"}">best F1</text>`,
  ]);
}

/** The image-level ROC curves of several draws, the first one strong; undefined without good or without defective images. */
export function rocChart(draws: readonly Evaluation[]): Markup | undefined {
  const curves = draws.flatMap(({ images, imageAuroc, seed }) => {
    const points = rocCurve(images.map((image) => ({ score: image.score, defective: isDefective(image) })));
    return points && imageAuroc !== undefined ? { points, imageAuroc, seed } : [];
  });
  if (curves.length === 0) return undefined;
  const axis = (label: string) => ({ from: 0, to: 1, label, ticks: [0, 0.25, 0.5, 0.75, 1], format: share });
  return chart("ROC curve of the image scores", axis("good parts rejected"), axis("defects found"), (scale) => [
    html`<path d="${line(
      [
        [0, 0],
        [1, 1],
      ],
      scale,
    )}" class="axis" stroke-dasharray="3 4"/>`,
    ...curves.map(
      ({ points, imageAuroc, seed }, i) =>
        html`<path d="${line(points, scale)}" fill="none" stroke="var(--accent)" stroke-width="${i === 0 ? 2.4 : 1.3}" stroke-opacity="${i === 0 ? 1 : 0.45}"><title>draw ${seed + 1}: AUROC ${imageAuroc.toFixed(4)}</title></path>`,
    ),
  ]);
}

/** Per-region overlap over the false-positive rate of pixels, up to MVTec AD's limit. */
export function proChart(draws: readonly Evaluation[]): Markup | undefined {
  const curves = draws.flatMap(({ pixels, seed }) => (pixels ? [{ ...pixels, seed }] : []));
  if (curves.length === 0) return undefined;
  const ticks = [0, 0.1, 0.2, PRO_LIMIT];
  const x = { from: 0, to: PRO_LIMIT, label: "good pixels marked", ticks, format: share };
  const y = { from: 0, to: 1, label: "overlap with defects", ticks: [0, 0.25, 0.5, 0.75, 1], format: share };
  return chart("Per-region overlap curve of the anomaly maps", x, y, (scale) =>
    curves.map(
      ({ proCurve, aupro, seed }, i) =>
        html`<path d="${line(proCurve, scale)}" fill="none" stroke="var(--accent)" stroke-width="${i === 0 ? 2.4 : 1.3}" stroke-opacity="${i === 0 ? 1 : 0.45}"><title>draw ${seed + 1}: AUPRO ${aupro.toFixed(4)}</title></path>`,
    ),
  );
}

/**
 * Image AUROC over the number of references, a line for each backbone, the deviation over the draws as whiskers;
 * undefined where no AUROC exists.
 */
export function shotsChart(summaries: readonly Summary[]): Markup | undefined {
  if (summaries.every(({ figures }) => !figures.imageAuroc)) return undefined;
  const shots = [...new Set(summaries.map((summary) => summary.shots))].sort((a, b) => a - b);
  const backbones = [...new Set(summaries.map(({ backbone }) => backbone))];
  const lows = summaries.flatMap(({ figures }) =>
    figures.imageAuroc ? [figures.imageAuroc.mean - figures.imageAuroc.deviation] : [],
  );
  const from = Math.max(0, Math.floor(Math.min(...lows, 0.9) * 10) / 10);
  const ticks = Array.from({ length: Math.round((1 - from) * 10) + 1 }, (_, i) => Number((from + i / 10).toFixed(1)));
  // Numbers of shots double, so places in their row are the natural scale.
  const place = (k: number) => shots.indexOf(k);
  const x = {
    ...{ from: -0.3, to: shots.length - 0.7, label: "references (shots)", ticks: shots.map(place) },
    format: (at: number) => (shots[at] === 0 ? "none" : String(shots[at])),
  };
  const y = { from, to: 1, label: "image AUROC", ticks, format: (value: number) => value.toFixed(1) };
  return chart("Image AUROC over the number of references", x, y, (scale) =>
    backbones.map((backbone, i) => {
      const own = summaries.filter((summary) => summary.backbone === backbone && summary.figures.imageAuroc);
      const points = own
        .map(({ shots: k, figures }) => [place(k), figures.imageAuroc!] as const)
        .sort((a, b) => a[0] - b[0]);
      const colour = COLOURS[i % COLOURS.length]!;
      const path = line(
        points.map(([at, { mean }]) => [at, mean] as const),
        scale,
      );
      return html`<path d="${path}" fill="none" stroke="${colour}" stroke-width="2.2" stroke-dasharray="${DASHES[i % DASHES.length]!}"/>
${points.map(([at, { mean, deviation }]) => {
  const [low, high] = [scale.y(Math.max(from, mean - deviation)), scale.y(Math.min(1, mean + deviation))];
  return html`<path d="M${scale.x(at)} ${low}V${high}M${scale.x(at) - 4} ${low}h8M${scale.x(at) - 4} ${high}h8" stroke="${colour}" stroke-width="1.3" fill="none"/><circle cx="${scale.x(at)}" cy="${scale.y(mean)}" r="4" fill="${colour}"><title>${backbone}, ${shots[at] ?? ""} shots: ${mean.toFixed(4)} ± ${deviation.toFixed(4)}</title></circle>`;
})}`;
    }),
  );
}

/** What the lines of `shotsChart` stand for. */
export function backboneKey(summaries: readonly Summary[]): Markup | undefined {
  const backbones = [...new Set(summaries.map(({ backbone }) => backbone))];
  if (backbones.length < 2) return undefined;
  return html`<div class="key">${backbones.map(
    (backbone, i) =>
      html`<span><svg viewBox="0 0 16 12"><path d="M0 6H16" stroke="${COLOURS[i % COLOURS.length]!}" stroke-width="2.4" stroke-dasharray="${DASHES[i % DASHES.length]!}"/></svg>${backbone}</span>`,
  )}</div>`;
}

/** What colours and hatching of `scoreHistogram` stand for. */
export const HISTOGRAM_KEY = html`<div class="key"><span><svg viewBox="0 0 16 12"><rect width="16" height="12" fill="var(--good)"/></svg>good</span><span><svg viewBox="0 0 16 12"><rect width="16" height="12" fill="url(#hatch)"/></svg>defective</span></div>`;
