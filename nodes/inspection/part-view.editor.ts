import { words } from "../shared/form.editor";
import { formatScore } from "../shared/format-score";
import { type ExplainedPart, type ListedPart, TYPE } from "./inspected.editor";

/** A part large: its picture with the anomaly map laid over it, and its worst region beside the golden patch. */
export class PartView {
  readonly element = $("<div>").addClass("golden-sample-part");
  private readonly verdict = $("<div>").addClass("golden-sample-verdict").attr({ role: "status" });
  private readonly picture = $("<img>").addClass("golden-sample-picture");
  private readonly heat = $("<img>").addClass("golden-sample-heat").attr("alt", "");
  private readonly frame: JQuery;
  private readonly beside = $("<div>").addClass("golden-sample-beside");

  constructor() {
    this.frame = $("<div>").addClass("golden-sample-frame").append(this.picture, this.heat).hide();
    const slider = $("<input>")
      .attr({ type: "range", min: 0, max: 100, value: 70, "aria-label": words(TYPE, "part.blend") })
      .on("input", (event) => this.blend(Number((event.target as HTMLInputElement).value)));
    this.blend(70);
    const legend = $("<div>")
      .addClass("golden-sample-small golden-sample-legend")
      .append(
        words(TYPE, "part.suspicious"),
        $("<span>").addClass("golden-sample-gradient"),
        words(TYPE, "part.anomalous"),
      );
    const row = $("<label>")
      .addClass("golden-sample-blend")
      .append($("<span>").text(words(TYPE, "part.blend")), slider);
    this.element.append(this.verdict, this.frame, row, legend, this.beside);
  }

  /** @param part without its pictures where they are not kept any more */
  show(part: ListedPart & Partial<ExplainedPart>): void {
    const { number, score, threshold, verdict, cause, picture, heat, worst } = part;
    const facts = { number, score: formatScore(score), threshold: formatScore(threshold) };
    const named = words(TYPE, `verdict.${verdict}`);
    const why = cause === undefined || cause === "unlike" ? "" : ` (${words(TYPE, `cause.${cause}`)})`;
    this.verdict
      .text(`${named}${why} · ${words(TYPE, "part.figure", facts)}`)
      .attr("data-verdict", verdict)
      .attr("data-number", number);
    this.beside.empty();
    this.frame.toggle(picture !== undefined);
    if (picture === undefined) return;
    this.picture.attr({ src: `data:image/jpeg;base64,${picture}`, alt: words(TYPE, "part.picture", facts) });
    this.heat.attr("src", `data:image/png;base64,${heat}`);
    if (!worst) return;
    const figure = (data: string, caption: string) =>
      $("<figure>").append(
        $("<img>").attr({ src: `data:image/jpeg;base64,${data}`, alt: caption }),
        $("<figcaption>").text(caption),
      );
    this.beside.append(figure(worst.patch, words(TYPE, "part.worst")));
    if (worst.golden)
      this.beside.append(figure(worst.golden, words(TYPE, "part.golden", { reference: worst.reference ?? "" })));
  }

  clear(sentence: string): void {
    this.frame.hide();
    this.beside.empty();
    this.verdict.text(sentence).removeAttr("data-verdict data-number");
  }

  private blend(percent: number): void {
    this.heat.css("opacity", percent / 100);
  }
}
