import { setPressed, smallButton } from "../shared/button.editor";
import { words } from "../shared/form.editor";
import { ask, type InspectedPair, type ListedPair, type Replayed, TYPE } from "./inspected.editor";
import { PartStrip } from "./part-strip.editor";
import { PartView } from "./part-view.editor";
import { ScoreCharts } from "./score-charts.editor";
import { Teach } from "./teach.editor";

/** Milliseconds between two looks at the figures, while somebody looks at them. */
const INTERVAL = 2000;

/** The tab "Inspection": everything of one threshold node. Nothing is asked for while it is hidden or paused. */
export class Sidebar {
  readonly element = $("<div>").addClass("golden-sample-sidebar");
  private readonly select = $("<select>").attr("aria-label", words(TYPE, "select.label"));
  private readonly pause: JQuery;
  private readonly live: JQuery;
  private readonly view = new PartView();
  private readonly teach = new Teach(() => void this.refresh());
  private readonly charts: ScoreCharts;
  private readonly strip: PartStrip;
  private readonly actions: JQuery;
  private readonly figures = $("<table>").addClass("golden-sample-facts");
  private readonly said = $("<div>").addClass("golden-sample-said").attr("role", "status");
  private pair: InspectedPair | undefined;
  private pairs = "";
  /** Chosen in the strip; nothing: the newest is followed. */
  private chosen: number | undefined;
  private shown = "";
  /** The part that the view shows, which buttons are about: the newest one's picture may still be on its way. */
  private seen: { node: string; number: number } | undefined;
  private isPaused = false;
  private isAsking = false;
  private topic = "";

  constructor() {
    this.charts = new ScoreCharts({ apply: (threshold) => this.apply(threshold), undo: () => this.undo() });
    this.strip = new PartStrip((number) => this.choose(number));
    this.pause = this.button("fa-pause", "action.pause", () => this.togglePause()).attr("aria-pressed", "false");
    this.live = this.button("fa-play", "action.live", () => this.choose(undefined)).hide();
    const label = (label: "good" | "defect", icon: string) =>
      this.button(icon, `action.${label}`, () =>
        this.act(async (node, number) => {
          await ask.label(node, number, label);
          return words(TYPE, `said.${label}`, { number });
        }),
      );
    const add = this.button("fa-plus", "action.addReference", () =>
      this.act(async (node, number) => {
        const { name, references } = await ask.addReference(node, number);
        return words(TYPE, "said.added", { name, references });
      }),
    );
    const replay = this.button("fa-repeat", "action.replay", () => this.replay());
    this.actions = $("<div>")
      .addClass("golden-sample-actions")
      .append(label("good", "fa-thumbs-up"), label("defect", "fa-thumbs-down"), add, replay);
    const page = this.button("fa-external-link", "action.page", () => this.openPage());
    this.select.on("change", () => this.follow(String(this.select.val())));
    this.element.append(
      $("<div>").addClass("golden-sample-head").append(this.select, this.pause, this.live, page),
      this.teach.element,
      this.view.element,
      this.actions,
      this.said,
      $("<h4>").text(words(TYPE, "strip.label")),
      this.strip.element,
      this.charts.element,
      this.figures,
    );
    this.view.clear(words(TYPE, "state.nothing"));
    window.setInterval(() => void this.refresh(), INTERVAL);
    new ResizeObserver(() => this.charts.draw()).observe(this.element[0]!);
  }

  /** Asks for what is new, where somebody looks. */
  async refresh(): Promise<void> {
    if (this.isPaused || this.isAsking || !this.isSeen) return;
    this.asking(true);
    try {
      const pairs = await ask.pairs();
      this.teach.offer(pairs.length === 0);
      await this.offer(pairs);
      const node = String(this.select.val() ?? "");
      if (node === "") this.clear();
      else await this.show(await ask.pair(node));
    } catch (error) {
      this.said.text((error as Error).message);
    } finally {
      this.asking(false);
    }
  }

  private asking(is: boolean): void {
    this.isAsking = is;
    this.element.attr("aria-busy", String(is));
  }

  private get isSeen(): boolean {
    return this.element.is(":visible") && !document.hidden;
  }

  private async offer(pairs: readonly ListedPair[]): Promise<void> {
    const key = JSON.stringify(pairs.map(({ id, name, bank }) => [id, name, bank]));
    if (key === this.pairs) return;
    this.pairs = key;
    const before = String(this.select.val() ?? "");
    this.select.empty();
    for (const { id, name, bank } of pairs) {
      const label = name || (RED.nodes.node(id) as { name?: string } | null)?.name || words(TYPE, "select.unnamed");
      $("<option>")
        .val(id)
        .text(bank ? `${label} · ${bank}` : label)
        .appendTo(this.select);
    }
    const still = pairs.some(({ id }) => id === before);
    this.follow(still ? before : (pairs[0]?.id ?? ""), still);
  }

  private follow(node: string, isSame = false): void {
    this.select.val(node);
    if (isSame) return;
    if (this.topic) RED.comms.unsubscribe(this.topic, this.noticed);
    this.topic = node && `golden-sample/inspection/${node}`;
    if (this.topic) RED.comms.subscribe(this.topic, this.noticed);
    this.choose(undefined);
  }

  private readonly noticed = (): void => {
    void this.refresh();
  };

  private clear(): void {
    this.view.clear(words(TYPE, "state.nothing"));
    this.shown = "";
    this.seen = undefined;
  }

  private async show(pair: InspectedPair, settled = false): Promise<void> {
    if (pair.id === this.pair?.id && pair.began !== this.pair.began) {
      this.clear();
      this.chosen = undefined;
      this.live.hide();
    }
    this.pair = pair;
    this.charts.show(pair, settled);
    this.strip.show(pair, this.chosen);
    this.showFigures(pair);
    const number = this.chosen ?? pair.parts.at(-1)?.number;
    const known = pair.parts.find((part) => part.number === number);
    const key = `${pair.id} ${number}`;
    if (number === undefined || !known || key === this.shown) return;
    this.shown = key;
    try {
      const part = known.hasPicture ? await ask.part(pair.id, number) : known;
      // Another one may have been asked for meanwhile.
      if (key !== this.shown) return;
      this.view.show(part);
      this.seen = { node: pair.id, number };
    } catch (error) {
      this.said.text((error as Error).message);
    }
  }

  private showFigures({ counts, rate, p50, p95, runtime, backbone, bank, version }: InspectedPair): void {
    const ms = (value: number) => `${Math.round(value)} ms`;
    const facts: Record<string, string> = {
      ok: String(counts.ok),
      anomaly: String(counts.anomaly),
      unlike: String(counts.unlike),
      dropped: String(counts.dropped),
      rate: `${rate.toFixed(1)} /s`,
      time: `${ms(p50)}, ${ms(p95)}`,
      device: runtime
        ? `${runtime.device}${runtime.name === "portable" ? `, ${words(TYPE, "fact.portable")}` : ""}`
        : "",
      model: backbone ?? "",
      bank: version === undefined ? bank : `${bank} v${version}`,
    };
    this.figures.empty();
    for (const [key, value] of Object.entries(facts)) {
      const row = $("<tr>").append(
        $("<th>")
          .attr("scope", "row")
          .text(words(TYPE, `fact.${key}`)),
        $("<td>").text(value),
      );
      row.attr("data-fact", key).appendTo(this.figures);
    }
  }

  private choose(number: number | undefined): void {
    this.chosen = number;
    this.live.toggle(number !== undefined);
    this.said.empty();
    if (this.pair) void this.show(this.pair);
    void this.refresh();
  }

  private togglePause(): void {
    this.isPaused = !this.isPaused;
    setPressed(this.pause, this.isPaused);
    void this.refresh();
  }

  /** Does something with the part that is shown. */
  private act(run: (node: string, number: number) => Promise<string>): void {
    if (this.seen) this.tell(run(this.seen.node, this.seen.number));
  }

  /** The page has no other way to the token than its address. */
  private openPage(): void {
    if (!this.pair) return;
    const token = (RED.settings.get("auth-tokens", null) as { access_token?: string } | null)?.access_token;
    const query = token ? `?access_token=${encodeURIComponent(token)}` : "";
    window.open(`golden-sample/live/${encodeURIComponent(this.pair.id)}${query}`, "_blank", "noopener");
  }

  private replay(): void {
    if (!this.pair) return;
    this.tell(ask.replay(this.pair.id).then(told), words(TYPE, "said.replaying"));
  }

  private apply(threshold: number): void {
    const { pair } = this;
    if (!pair) return;
    const facts = { before: pair.threshold.toPrecision(3), after: threshold.toPrecision(3) };
    if (!window.confirm(words(TYPE, "sure.apply", facts))) return;
    this.tell(ask.setThreshold(pair.id, threshold).then((now) => this.changed(now, "said.applied")));
  }

  private undo(): void {
    if (!this.pair) return;
    this.tell(ask.undoThreshold(this.pair.id).then((now) => this.changed(now, "said.undone")));
  }

  private async changed(pair: InspectedPair, key: string): Promise<string> {
    await this.show(pair, true);
    return words(TYPE, key, { threshold: pair.threshold.toPrecision(3) });
  }

  private tell(doing: Promise<string>, meanwhile = ""): void {
    this.said.text(meanwhile);
    doing.then(
      (sentence) => {
        this.said.text(sentence);
        void this.refresh();
      },
      (error: Error) => this.said.text(error.message),
    );
  }

  private button(icon: string, key: string, run: () => void): JQuery {
    const label = words(TYPE, key);
    return smallButton(label, run, icon).attr({ title: label, "data-action": key.replace("action.", "") });
  }
}

function told({ parts, lost, rejected, passed }: Replayed): string {
  const sentence = words(TYPE, "said.replayed", { count: parts.length, rejected, passed });
  return lost > 0 ? `${sentence} ${words(TYPE, "said.lost", { lost })}` : sentence;
}
