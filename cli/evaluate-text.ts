import {
  type Evaluation,
  type EvaluationProgress,
  everyFigure,
  FIGURE_NAMES,
  FIGURES,
  median,
  type Spread,
  type Summary,
  VERDICT_FIGURES,
} from "../lib";

/** One draw, for programs and for people. @param verdicts whether people see the figures of the default threshold */
export function drawRecord(draw: Evaluation, verdicts: boolean): [object, string] {
  const { object, backbone, shots, seed, draw: rule, references, rotate, masking, images, unreadable, masks } = draw;
  const milliseconds = images.length === 0 ? undefined : median(images.map((image) => image.milliseconds));
  const json = {
    ...{ object, backbone, shots, seed, draw: rule, ...everyFigure(draw), images: images.length, masks },
    milliseconds: milliseconds ?? null,
    ...(draw.finds && { finds: draw.finds }),
    ...{ rotate, masking, references, ...(unreadable.length > 0 && { unreadable }), notes: draw.notes },
  };
  const what = shots === 0 ? "batched zero-shot" : `${shots} shots, draw ${seed + 1}`;
  const words = shownFigures(verdicts).flatMap((name) =>
    draw[name] === undefined ? [] : [`${FIGURE_NAMES[name]} ${draw[name].toFixed(4)}`],
  );
  const time = milliseconds === undefined ? "" : `, median ${milliseconds.toFixed(1)} ms`;
  return [
    json,
    `${object}, ${backbone}, ${what}: ${words.join(", ") || "no figures"} (${images.length} images${time})${draw.finds ? `\n  its default threshold ${draw.finds.words}` : ""}`,
  ];
}

export function summaryRecord(summary: Summary): object {
  const { figures, milliseconds = null } = summary;
  const what = summary.object === undefined ? "mean of the objects" : "object";
  return { summary: what, ...summary, figures: everyFigure(figures), milliseconds };
}

/** A table with the mean and the deviation over the draws, and below it what was left out of its rows. */
export function summaryTable(summaries: readonly Summary[], verdicts: boolean): string {
  const shown = shownFigures(verdicts).filter((name) => summaries.some(({ figures }) => figures[name]));
  const head = ["object", "backbone", "shots", "draws", ...shown.map((name) => FIGURE_NAMES[name]), "ms"];
  const rows = summaries.map(({ object, backbone, shots, draws, figures, milliseconds, notes }) => [
    `${object ?? "mean"}${notes.length > 0 ? " *" : ""}`,
    backbone,
    String(shots),
    String(draws),
    ...shown.map((name) => spreadText(figures[name], draws)),
    milliseconds?.toFixed(0) ?? "-",
  ]);
  const widths = head.map((_, col) => Math.max(...[head, ...rows].map((row) => row[col]!.length)));
  const line = (row: string[]) =>
    row.map((cell, col) => (col < 2 ? cell.padEnd(widths[col]!) : cell.padStart(widths[col]!))).join("  ");
  const notes = summaries.flatMap((summary) => summary.notes.map((note) => `* ${summary.object ?? "mean"}: ${note}`));
  const left = notes.length > 0 ? ["", ...new Set(notes)] : [];
  return ["", line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line), ...left].join("\n");
}

/** Those of the default threshold where they are asked for. */
const shownFigures = (verdicts: boolean) =>
  FIGURES.filter((name) => verdicts || !VERDICT_FIGURES.some((other) => other === name));

const spreadText = (spread: Spread | undefined, draws: number) => {
  if (!spread) return "-";
  return draws > 1 ? `${spread.mean.toFixed(3)} ± ${spread.deviation.toFixed(3)}` : spread.mean.toFixed(3);
};

/** What a terminal shows meanwhile. @param elapsed milliseconds since the start */
export function progressText(progress: EvaluationProgress, elapsed: number): string {
  const { object, backbone, shots, seed, done, total } = progress;
  const left = (elapsed / done) * (total - done);
  const what = shots === 0 ? "zero-shot" : `${shots} shots, draw ${seed + 1}`;
  return `${Math.floor((100 * done) / total)} %  ${done}/${total}  ${object}, ${backbone}, ${what}  ${duration(left)} left`;
}

function duration(milliseconds: number): string {
  const minutes = milliseconds / 60_000;
  return minutes < 1.5 ? `${Math.ceil(milliseconds / 1000)} s` : `${Math.round(minutes)} min`;
}
