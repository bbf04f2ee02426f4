import { askFile, words } from "../shared/form.editor";
import { formatScore } from "../shared/format-score";
import { ask, type InspectedPair, type ListedPart, TYPE } from "./inspected.editor";

/** The last parts as small pictures, newest first. A thumbnail is asked for once, and only while somebody looks. */
export class PartStrip {
  readonly element = $("<div>").addClass("golden-sample-strip").attr("role", "group");
  private readonly addresses = new Map<number, string>();
  private node = "";
  private began = 0;
  private chosen: number | undefined;
  private isLoading = false;

  constructor(private readonly choose: (number: number) => void) {
    this.element.attr("aria-label", words(TYPE, "strip.label"));
  }

  show({ id, began, parts }: InspectedPair, chosen: number | undefined): void {
    if (id !== this.node || began !== this.began) this.clear();
    this.node = id;
    this.began = began;
    this.chosen = chosen;
    const kept = new Set(parts.map(({ number }) => number));
    for (const number of [...this.addresses.keys()]) if (!kept.has(number)) this.forget(number);
    const focused = this.element.find(":focus").attr("data-number");
    this.element.empty();
    for (const part of [...parts].reverse()) this.element.append(this.button(part));
    if (focused !== undefined) this.element.find(`[data-number="${focused}"]`).trigger("focus");
    void this.load([...parts].reverse());
  }

  clear(): void {
    this.element.empty();
    for (const number of [...this.addresses.keys()]) this.forget(number);
  }

  private button({ number, score, threshold, verdict, label }: ListedPart): JQuery {
    const facts = { number, score: formatScore(score), threshold: formatScore(threshold) };
    const title = `${words(TYPE, `verdict.${verdict}`)} · ${words(TYPE, "part.figure", facts)}`;
    const address = this.addresses.get(number);
    return $("<button>")
      .attr({ type: "button", title, "aria-label": title, "data-number": number, "data-verdict": verdict })
      .attr("aria-pressed", String(number === this.chosen))
      .append(address ? $("<img>").attr({ src: address, alt: "" }) : $("<span>").text(number))
      .append(label ? $("<i>").addClass(label === "good" ? "fa fa-thumbs-up" : "fa fa-thumbs-down") : [])
      .on("click", () => this.choose(number));
  }

  private async load(parts: readonly ListedPart[]): Promise<void> {
    if (this.isLoading) return;
    this.isLoading = true;
    const { node, began } = this;
    try {
      for (const { number, hasPicture } of parts) {
        if (!hasPicture || this.addresses.has(number)) continue;
        if (node !== this.node || began !== this.began || !this.element.is(":visible")) return;
        const blob = await askFile(ask.thumbnail(node, number));
        if (!blob || node !== this.node || began !== this.began) continue;
        const address = URL.createObjectURL(blob);
        this.addresses.set(number, address);
        this.element.find(`[data-number="${number}"] span`).replaceWith($("<img>").attr({ src: address, alt: "" }));
      }
    } finally {
      this.isLoading = false;
    }
  }

  private forget(number: number): void {
    URL.revokeObjectURL(this.addresses.get(number) ?? "");
    this.addresses.delete(number);
  }
}
