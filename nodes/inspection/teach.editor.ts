import { smallButton } from "../shared/button.editor";
import { CaptureView } from "../shared/capture.editor";
import { askFile, askRuntime, sendFile, words } from "../shared/form.editor";
import { formatScore } from "../shared/format-score";
import { type Spoken, say } from "../shared/language";
import { TYPE } from "./inspected.editor";

/** Milliseconds between two looks at a build. */
const INTERVAL = 700;

interface Taught {
  name: string;
  version?: number;
  references: { file: string; number?: number; score?: number; outlier: boolean }[];
  build: {
    progress?: { done: number; total: number };
    said?: (string | Spoken)[];
    failed?: string | Spoken;
    testing?: boolean;
  };
}

/** Teaching a bank: pictures dropped or chosen, its references to look at and to remove, a build with its progress. */
export class Teach {
  readonly element = $("<details>").addClass("golden-sample-teach");
  private readonly select = $("<select>").attr("aria-label", words(TYPE, "teach.bank"));
  private readonly said = $("<div>").addClass("golden-sample-said").attr("role", "status");
  private readonly errors = $("<ul>").addClass("golden-sample-errors");
  private readonly gallery = $("<div>").addClass("golden-sample-gallery");
  private readonly large = $("<div>").addClass("golden-sample-large").hide();
  private readonly capture = new CaptureView(TYPE, () => void this.refresh());
  private readonly cancel: JQuery;
  private readonly pictures = new Map<string, string>();
  private bank = "";
  private isCancelled = false;
  private isBusy = false;

  /** @param sent called when a picture was sent through the flow */
  constructor(private readonly sent: () => void) {
    this.cancel = this.button("fa-times", "cancel", () => this.stop()).hide();
    const build = this.button("fa-graduation-cap", "build", () => void this.build());
    const add = this.chooser("add", "fa-picture-o", (files) => void this.add(files));
    const send = this.chooser("send", "fa-paper-plane", (files) => void this.send(files));
    const drop = $("<div>")
      .addClass("golden-sample-drop")
      .append($("<div>").text(words(TYPE, "teach.drop")), add);
    drop.on("dragover dragenter", (event) => {
      event.preventDefault();
      event.stopPropagation();
      drop.addClass("golden-sample-over");
    });
    drop.on("dragleave drop", () => drop.removeClass("golden-sample-over"));
    drop.on("drop", (event) => {
      event.preventDefault();
      // The editor would take the files for a flow.
      event.stopPropagation();
      void this.add([...((event.originalEvent as DragEvent).dataTransfer?.files ?? [])]);
    });
    this.select.on("change", () => this.choose(String(this.select.val())));
    this.element.append($("<summary>").text(words(TYPE, "teach.title")), this.select, drop, this.capture.element);
    this.element.append($("<div>").addClass("golden-sample-actions").append(build, send, this.cancel));
    this.element.append(this.said, this.errors, this.gallery, this.large);
    this.element.on("toggle", () => void this.refresh());
  }

  /** Offers the banks that are deployed. @param isNew whether nothing was judged yet, so that this is what comes first */
  offer(isNew: boolean): void {
    const banks: { id: string; name: string }[] = [];
    RED.nodes.eachConfig((node) => {
      const { id, type, name } = node as unknown as { id: string; type: string; name: string };
      if (type === "anomaly-bank") banks.push({ id, name });
      return true;
    });
    // What is under way is told of the bank that it is for.
    if (this.isBusy) return;
    const before = this.bank;
    this.select.empty().toggle(banks.length > 1);
    for (const { id, name } of banks) $("<option>").val(id).text(name).appendTo(this.select);
    this.element.toggle(banks.length > 0);
    const bank = banks.some(({ id }) => id === before) ? before : (banks[0]?.id ?? "");
    this.select.val(bank);
    if (isNew && banks.length > 0 && before === "") this.element.prop("open", true);
    if (bank !== before) this.choose(bank);
  }

  private choose(bank: string): void {
    this.bank = bank;
    this.capture.of(bank);
    for (const address of this.pictures.values()) URL.revokeObjectURL(address);
    this.pictures.clear();
    this.said.empty();
    this.errors.empty();
    void this.refresh();
  }

  private get path(): string {
    return `teach/${encodeURIComponent(this.bank)}`;
  }

  private async refresh(): Promise<Taught | undefined> {
    if (this.bank === "" || !this.element.prop("open")) return undefined;
    const { path } = this;
    try {
      const taught = (await askRuntime(TYPE, "GET", path)) as Taught;
      if (path !== this.path) return undefined;
      await this.show(taught);
      return taught;
    } catch (error) {
      this.said.text((error as Error).message);
      return undefined;
    }
  }

  private async show({ name, references }: Taught): Promise<void> {
    this.gallery.empty();
    this.large.hide();
    for (const [index, { file, score, outlier }] of references.entries()) {
      const known = this.pictures.get(file);
      const facts = { number: index + 1, score: score === undefined ? "–" : formatScore(score) };
      const title = words(TYPE, outlier ? "teach.outlier" : "teach.reference", facts);
      const picture = $("<img>").attr({ alt: "", ...(known && { src: known }) });
      $("<button>")
        .attr({ type: "button", title, "aria-label": title, "data-file": file })
        .toggleClass("golden-sample-outlier", outlier)
        .append(picture, $("<span>").text(facts.score))
        .on("click", () => this.enlarge(file, title))
        .appendTo(this.gallery);
    }
    for (const [index, { file }] of references.entries()) {
      if (this.pictures.has(file)) continue;
      const blob = await askFile(`banks/${encodeURIComponent(name)}/references/${index}`);
      if (!blob) continue;
      const address = URL.createObjectURL(blob);
      this.pictures.set(file, address);
      this.gallery.find(`[data-file="${file}"] img`).attr("src", address);
    }
  }

  private enlarge(file: string, title: string): void {
    const remove = this.button("fa-trash", "remove", () => void this.remove(file));
    const picture = $("<img>").attr({ src: this.pictures.get(file) ?? "", alt: title });
    this.large.empty().append(picture, $("<div>").text(title), remove).show();
  }

  private async remove(file: string): Promise<void> {
    try {
      await askRuntime(TYPE, "POST", `${this.path}/remove`, { file });
      this.said.text(words(TYPE, "teach.removed"));
    } catch (error) {
      this.said.text((error as Error).message);
    }
    await this.refresh();
  }

  private async add(files: readonly File[]): Promise<void> {
    await this.upload(files, "references", "teach.adding");
    await this.refresh();
  }

  private async send(files: readonly File[]): Promise<void> {
    await this.upload(files, "send", "teach.sending");
    this.sent();
  }

  /** One after the other; what fails is told by the file's name, and the others go on. */
  private async upload(files: readonly File[], where: string, doing: string): Promise<void> {
    if (this.isBusy || files.length === 0) return;
    this.begin();
    // Of the bank that they were chosen for, also where it is taken off the workspace meanwhile.
    const { path } = this;
    let done = 0;
    for (const [index, file] of files.entries()) {
      if (this.isCancelled) break;
      this.said.text(words(TYPE, doing, { number: index + 1, count: files.length }));
      try {
        await sendFile(TYPE, `${path}/${where}`, file);
        done++;
      } catch (error) {
        $("<li>")
          .text(`${file.name}: ${(error as Error).message}`)
          .appendTo(this.errors);
      }
    }
    this.end(words(TYPE, "teach.done", { done, count: files.length }));
  }

  private async build(): Promise<void> {
    if (this.isBusy) return;
    this.begin();
    try {
      await askRuntime(TYPE, "POST", `${this.path}/build`, {});
      for (;;) {
        const taught = await this.refresh();
        const { progress, said, failed, testing } = taught?.build ?? {};
        if (failed !== undefined) return this.end(say(RED, failed));
        if (said) {
          this.end(builtText(taught!));
          if (testing) await this.follow(this.said.text());
          return;
        }
        if (taught && !progress) return this.end(words(TYPE, "teach.lost"));
        const percent = progress ? Math.floor((100 * progress.done) / Math.max(1, progress.total)) : 0;
        this.said.text(words(TYPE, "teach.building", { percent }));
        await new Promise((resolve) => setTimeout(resolve, INTERVAL));
      }
    } catch (error) {
      this.end((error as Error).message);
    }
  }

  /** What the version would catch is said behind the rest, as long as nothing else is said there. */
  private async follow(shown: string): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, INTERVAL));
      if (this.isBusy || this.said.text() !== shown) return;
      const taught = await this.refresh();
      if (this.isBusy || this.said.text() !== shown) return;
      if (!taught?.build.testing) return void this.said.text(taught?.build.said ? builtText(taught) : shown);
    }
  }

  private stop(): void {
    this.isCancelled = true;
    // Where nothing is being built, there is nothing to end.
    askRuntime(TYPE, "POST", `${this.path}/cancel`, {}).catch((error: Error) => this.said.text(error.message));
  }

  private begin(): void {
    this.isBusy = true;
    this.isCancelled = false;
    this.errors.empty();
    this.select.prop("disabled", true);
    this.cancel.show();
  }

  private end(sentence: string): void {
    this.isBusy = false;
    this.select.prop("disabled", false);
    this.cancel.hide();
    this.said.text(sentence);
  }

  private chooser(key: string, icon: string, chosen: (files: File[]) => void): JQuery {
    const input = $<HTMLInputElement>("<input>")
      .attr({ type: "file", accept: "image/*", multiple: "multiple", tabindex: -1, "data-teach-files": key })
      .hide()
      .on("change", () => {
        const files = [...(input[0]!.files ?? [])];
        // So that the same file can be chosen again.
        input.val("");
        chosen(files);
      });
    return $("<span>").append(
      this.button(icon, key, () => input.trigger("click")),
      input,
    );
  }

  private button(icon: string, key: string, run: () => void): JQuery {
    return smallButton(words(TYPE, `teach.${key}`), run, icon).attr("data-teach", key);
  }
}

function builtText({ version, build: { said = [], testing } }: Taught): string {
  const built = words(TYPE, "teach.built", { version: version ?? "" });
  return [built, ...said.map((each) => say(RED, each)), ...(testing ? [words(TYPE, "teach.testing")] : [])].join(" ");
}
