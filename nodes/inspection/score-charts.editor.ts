import { smallButton } from "../shared/button.editor";
import { words } from "../shared/form.editor";
import { formatScore } from "../shared/format-score";
import { begin, colours } from "../shared/theme.editor";
import { type InspectedPair, TYPE } from "./inspected.editor";

const BINS = 40;
/** Times the threshold that a chart reaches. */
const WIDEST = 4;
/** Parts in the history. */
const SHOWN = 200;

/** Scores over time, and how often which came, with a threshold that can be moved to see what it would have done. */
export class ScoreCharts {
  readonly element = $("<div>").addClass("golden-sample-charts");
  private readonly history: JQuery<HTMLCanvasElement>;
  private readonly histogram: JQuery<HTMLCanvasElement>;
  private readonly slider: JQuery;
  private readonly figures: JQuery;
  private readonly apply: JQuery;
  private readonly undo: JQuery;
  private readonly changes = $("<div>").addClass("golden-sample-small");
  private pair: InspectedPair | undefined;
  /** Where it was moved to; nothing: where it is. */
  private moved: number | undefined;
  private scale = { from: 0, to: 1 };

  constructor(act: { apply: (threshold: number) => void; undo: () => void }) {
    const canvas = (label: string, height: number) =>
      $<HTMLCanvasElement>("<canvas>").attr({ role: "img", "aria-label": label }).css({ width: "100%", height });
    this.history = canvas(words(TYPE, "chart.history"), 60);
    this.histogram = canvas(words(TYPE, "chart.histogram"), 90);
    this.slider = $("<input>")
      .attr({ type: "range", min: 0, max: 1000, step: 1, "aria-label": words(TYPE, "chart.threshold") })
      .addClass("golden-sample-threshold")
      .on("input", () => this.move());
    this.figures = $("<div>").addClass("golden-sample-figures").attr("aria-live", "polite");
    const button = (key: string, name: string, run: () => void) => smallButton(words(TYPE, key), run).addClass(name);
    this.apply = button("action.apply", "golden-sample-apply", () => {
      if (this.moved !== undefined) act.apply(this.moved);
    });
    this.undo = button("action.undo", "golden-sample-undo", act.undo);
    const heading = (key: string) => $("<h4>").text(words(TYPE, key));
    this.element.append(heading("chart.history"), this.history, heading("chart.histogram"), this.histogram);
    this.element.append(this.slider, this.legend(), this.figures, $("<div>").append(this.apply, " ", this.undo));
    this.element.append(this.changes);
  }

  /** @param settled whether a threshold that was moved is to be forgotten */
  show(pair: InspectedPair, settled = false): void {
    if (settled || this.pair?.id !== pair.id) this.moved = undefined;
    this.pair = pair;
    const all = [...pair.scores.map(([score]) => score), ...pair.references, ...pair.defects.map(([score]) => score)];
    // What is far over the threshold stands at the edge: around it there is something to decide.
    const most = Math.min(Math.max(...all), WIDEST * pair.threshold);
    this.scale = { from: Math.min(0, ...all), to: Math.max(1.3 * pair.threshold, 1.02 * most, 1e-9) };
    if (this.moved === undefined) this.slider.val(1000 * this.shareOf(pair.threshold));
    this.undo.toggle(pair.mode === "applied" || pair.changes.at(-1)?.action === "apply");
    this.changes.empty();
    for (const { time, by, action, before, after } of [...pair.changes].reverse()) {
      const facts = {
        by,
        before: formatScore(before),
        after: formatScore(after),
        time: new Date(time).toLocaleString(),
      };
      $("<div>")
        .text(words(TYPE, `change.${action}`, facts))
        .appendTo(this.changes);
    }
    this.draw();
  }

  draw(): void {
    if (!this.pair || !this.element.is(":visible")) return;
    this.drawHistory(this.pair);
    this.drawHistogram(this.pair);
    this.tell(this.pair);
  }

  private get threshold(): number {
    return this.moved ?? this.pair!.threshold;
  }

  private move(): void {
    const { from, to } = this.scale;
    this.moved = from + (Number(this.slider.val()) / 1000) * (to - from);
    this.draw();
  }

  private shareOf(score: number): number {
    const { from, to } = this.scale;
    return Math.min(1, Math.max(0, (score - from) / (to - from)));
  }

  /** What the threshold would have done. */
  private tell({ scores, defects, threshold }: InspectedPair): void {
    const rejected = scores.filter(([score]) => score > this.threshold).length;
    const facts = { threshold: formatScore(this.threshold), rejected, count: scores.length };
    // A reference that is over the threshold without the defect says nothing of the defect.
    const told = defects.filter(([, clean]) => clean <= this.threshold);
    const found = told.filter(([score]) => score > this.threshold).length;
    const share = told.length > 0 ? Math.round((100 * found) / told.length) : undefined;
    const key = this.moved === undefined || this.moved === threshold ? "figures.now" : "figures.would";
    const sentence = words(TYPE, key, facts);
    this.figures.text(share === undefined ? sentence : `${sentence} ${words(TYPE, "figures.finds", { share })}`);
    this.apply.prop("disabled", this.moved === undefined);
  }

  private drawHistory({ scores }: InspectedPair): void {
    const { context, width, height } = begin(this.history[0]!);
    const colour = colours(this.history[0]!);
    const shown = scores.slice(-SHOWN);
    const y = (score: number) => height - 3 - this.shareOf(score) * (height - 6);
    context.strokeStyle = colour.bad;
    context.setLineDash([4, 3]);
    line(context, 0, y(this.threshold), width, y(this.threshold));
    context.setLineDash([]);
    const step = width / Math.max(shown.length, 40);
    for (const [i, [score, rejected]] of shown.entries()) {
      context.fillStyle = rejected ? colour.bad : colour.ok;
      context.fillRect(i * step, y(score) - 1.5, Math.max(2, step - 1), 3);
    }
  }

  private drawHistogram({ scores, references, defects }: InspectedPair): void {
    const { context, width, height } = begin(this.histogram[0]!);
    const colour = colours(this.histogram[0]!);
    const rows = [
      { values: scores.map(([score]) => score), fill: colour.text, alpha: 0.35 },
      { values: references, fill: colour.reference, alpha: 0.6 },
      { values: defects.map(([score]) => score), fill: colour.defect, alpha: 0.6 },
    ];
    for (const [row, { values, fill, alpha }] of rows.entries()) {
      const bins = new Array<number>(BINS).fill(0);
      for (const value of values) bins[Math.min(BINS - 1, Math.floor(this.shareOf(value) * BINS))]!++;
      const most = Math.max(...bins, 1);
      context.fillStyle = fill;
      context.globalAlpha = alpha;
      const bar = width / BINS / rows.length;
      for (const [bin, count] of bins.entries()) {
        const tall = (count / most) * (height - 4);
        context.fillRect((bin * width) / BINS + row * bar, height - tall, Math.max(1, bar - 0.5), tall);
      }
    }
    context.globalAlpha = 1;
    context.strokeStyle = colour.bad;
    context.lineWidth = 2;
    const x = this.shareOf(this.threshold) * width;
    line(context, x, 0, x, height);
  }

  private legend(): JQuery {
    const entry = (name: string) =>
      $("<span>").append(
        $("<i>").addClass(`golden-sample-swatch golden-sample-swatch-${name}`),
        words(TYPE, `legend.${name}`),
      );
    return $("<div>").addClass("golden-sample-small").append(entry("parts"), entry("references"), entry("defects"));
  }
}

function line(context: CanvasRenderingContext2D, x: number, y: number, toX: number, toY: number): void {
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(toX, toY);
  context.stroke();
}
