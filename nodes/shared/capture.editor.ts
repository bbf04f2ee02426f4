import { smallButton } from "./button.editor";
import { askFile, askRuntime, words } from "./form.editor";

/** Milliseconds between two looks at what has come. */
const INTERVAL = 1000;
const COUNT = 8;
const MOST = 24;

interface Captured {
  wanted: number;
  isComplete: boolean;
  frames: { number: number; time: number }[];
}

/** The next frames of the line as pictures, each to be accepted as a reference or discarded. */
export class CaptureView {
  readonly element = $("<div>").addClass("golden-sample-capture");
  private readonly count: JQuery;
  private readonly said = $("<div>").addClass("golden-sample-small").attr("role", "status");
  private readonly fault = $("<div>").addClass("golden-sample-errors").attr("role", "alert");
  private readonly frames = $("<div>").addClass("golden-sample-captured");
  private readonly all: JQuery;
  private readonly end: JQuery;
  private readonly addresses = new Map<number, string>();
  private bank = "";
  private timer: number | undefined;

  /**
   * @param type whose catalogue has the texts
   * @param accepted called when a frame has become a reference
   */
  constructor(
    private readonly type: string,
    private readonly accepted: () => void,
  ) {
    this.count = $("<input>")
      .attr({ type: "number", min: 1, max: MOST, "aria-label": words(type, "capture.count") })
      .val(COUNT);
    const begin = this.button("fa-camera", "begin", () => this.begin(Number(this.count.val())));
    this.all = this.button("fa-check", "acceptAll", () => void this.acceptAll()).hide();
    this.end = this.button("fa-times", "end", () => this.begin(0)).hide();
    const row = $("<div>").addClass("golden-sample-actions").append(this.count, begin, this.all, this.end);
    this.element.append(row, this.said, this.fault, this.frames);
  }

  /** @param bank the id of its node */
  of(bank: string): void {
    window.clearTimeout(this.timer);
    this.bank = bank;
    this.said.empty();
    this.fault.empty();
    this.draw({ wanted: 0, isComplete: true, frames: [] });
  }

  private get path(): string {
    return `teach/${encodeURIComponent(this.bank)}/capture`;
  }

  private begin(count: number): void {
    this.said.empty();
    this.fault.empty();
    this.draw({ wanted: 0, isComplete: true, frames: [] });
    void this.ask(() => askRuntime(this.type, "POST", this.path, { count }));
  }

  /** Shows what the runtime answers, and asks again as long as frames are to come or to be decided on. */
  private async ask(question: () => Promise<unknown>): Promise<void> {
    const { path } = this;
    window.clearTimeout(this.timer);
    try {
      const captured = (await question()) as Captured;
      if (path !== this.path) return;
      this.draw(captured);
      await this.showPictures(captured);
    } catch (error) {
      this.fault.text((error as Error).message);
    }
    if (path !== this.path || this.end.css("display") === "none") return;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      // Nobody looks: the runtime forgets it after a while.
      if (!this.element.is(":visible") || document.hidden) this.of(this.bank);
      else void this.ask(() => askRuntime(this.type, "GET", path));
    }, INTERVAL);
  }

  private draw({ wanted, isComplete, frames }: Captured): void {
    const isUnderWay = frames.length > 0 || !isComplete;
    this.end.toggle(isUnderWay);
    this.all.toggle(frames.length > 1);
    if (!isComplete) this.said.text(words(this.type, "capture.waiting", { count: frames.length, wanted }));
    else if (frames.length > 0) this.said.text(words(this.type, "capture.decide", { count: frames.length }));
    const numbers = new Set(frames.map(({ number }) => number));
    for (const figure of this.frames.children().toArray())
      if (!numbers.has(Number($(figure).attr("data-number")))) $(figure).remove();
    for (const [number, address] of this.addresses) {
      if (numbers.has(number)) continue;
      URL.revokeObjectURL(address);
      this.addresses.delete(number);
    }
    for (const { number, time } of frames)
      if (this.frames.find(`[data-number="${number}"]`).length === 0) this.frames.append(this.figure(number, time));
  }

  private figure(number: number, time: number): JQuery {
    const title = words(this.type, "capture.frame", { number, time: new Date(time).toLocaleTimeString() });
    const decide = (decision: "accept" | "discard", icon: string) =>
      this.button(icon, decision, () => void this.decide(number, decision)).attr(
        "aria-label",
        (_, label) => `${label}: ${title}`,
      );
    return $("<figure>")
      .attr("data-number", number)
      .append(
        $("<img>").attr({ alt: title, title }),
        $("<div>").append(decide("accept", "fa-thumbs-up"), decide("discard", "fa-trash")),
      );
  }

  private async showPictures({ frames }: Captured): Promise<void> {
    const { path } = this;
    for (const { number } of frames) {
      if (this.addresses.has(number)) continue;
      const blob = await askFile(`${path}/${number}`);
      if (!blob || path !== this.path) continue;
      const address = URL.createObjectURL(blob);
      this.addresses.set(number, address);
      this.frames.find(`[data-number="${number}"] img`).attr("src", address);
    }
  }

  private async decide(number: number, decision: "accept" | "discard"): Promise<void> {
    this.fault.empty();
    await this.ask(() => askRuntime(this.type, "POST", `${this.path}/${number}/${decision}`, {}));
    if (decision === "accept") this.accepted();
  }

  private async acceptAll(): Promise<void> {
    const numbers = this.frames
      .children()
      .toArray()
      .map((figure) => Number($(figure).attr("data-number")));
    for (const number of numbers)
      await this.ask(() => askRuntime(this.type, "POST", `${this.path}/${number}/accept`, {}));
    this.accepted();
  }

  private button(icon: string, key: string, run: () => void): JQuery {
    const label = words(this.type, `capture.${key}`);
    return smallButton(label, run, icon).attr({ title: label, "aria-label": label, "data-capture": key });
  }
}
