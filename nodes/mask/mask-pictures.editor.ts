import { setPressed } from "../shared/button.editor";
import { askFile, askRuntime, sendFile, words } from "../shared/form.editor";
import type { Foreground, ShapeCanvas } from "./shape-canvas.editor";

interface FoundForeground extends Omit<Foreground, "data"> {
  /** Base64, one byte a patch. */
  data: string;
  applied: boolean;
}

/** What regions are drawn over: a reference of the bank, the next frame of the line, or a picture that somebody chose. */
export class MaskPictures {
  private readonly said = $("#golden-sample-picture-said");
  private readonly toggle = $("#golden-sample-foreground");
  private node = "";
  private bank = "";
  private reference = 0;
  private references = 0;
  /** As it was sent or chosen, for its foreground. */
  private shown: Blob | undefined;
  private isShaded = false;
  /** Counts what was asked for: an answer to an earlier question is dropped. */
  private asked = 0;

  constructor(
    private readonly type: string,
    private readonly canvas: ShapeCanvas,
  ) {
    $("#golden-sample-previous").on("click", () => this.showReference(this.reference - 1));
    $("#golden-sample-next").on("click", () => this.showReference(this.reference + 1));
    $("#golden-sample-live").on("click", () => this.showLive());
    const chosen = $<HTMLInputElement>("#golden-sample-picture-file").on("change", () => {
      const file = chosen[0]!.files?.[0];
      // So that the same file can be chosen again.
      chosen.val("");
      if (file) void this.show(++this.asked, file, file.name);
    });
    $("#golden-sample-choose").on("click", () => chosen.trigger("click"));
    this.toggle.on("click", () => this.shade(!this.isShaded));
    $("#node-input-foreground").on("change", () => this.shade(this.isShaded));
  }

  async showBank(node: string, name: string): Promise<void> {
    this.node = node;
    this.bank = name;
    const question = ++this.asked;
    const path = `banks/${encodeURIComponent(name)}`;
    const state = name === "" ? undefined : await askRuntime(this.type, "GET", path).catch(() => undefined);
    if (question !== this.asked) return;
    this.references = (state as { references: number } | undefined)?.references ?? 0;
    await this.showReference(0);
  }

  close(): void {
    this.asked++;
  }

  private async showReference(index: number): Promise<void> {
    if (index < 0 || (index > 0 && index >= this.references)) return;
    const question = ++this.asked;
    const path = `banks/${encodeURIComponent(this.bank)}/references/${index}`;
    const blob = index < this.references ? await askFile(path) : undefined;
    if (question !== this.asked) return;
    this.reference = index;
    await this.show(question, blob, blob ? words(this.type, "label.reference", { number: index + 1 }) : "");
  }

  private async showLive(): Promise<void> {
    const question = ++this.asked;
    this.said.text(words(this.type, "picture.waiting"));
    try {
      const { picture } = (await askRuntime(this.type, "GET", `mask/${encodeURIComponent(this.node)}/frame`)) as {
        picture: string;
      };
      const time = new Date().toLocaleTimeString();
      await this.show(
        question,
        new Blob([bytesOf(picture)], { type: "image/jpeg" }),
        words(this.type, "picture.live", { time }),
      );
    } catch (error) {
      if (question === this.asked) this.said.text((error as Error).message);
    }
  }

  private async show(question: number, blob: Blob | undefined, name: string): Promise<void> {
    const image = blob && (await createImageBitmap(blob).catch(() => undefined));
    if (question !== this.asked) {
      image?.close();
      return;
    }
    if (blob && !image) {
      this.said.text(words(this.type, "picture.unreadable", { name }));
      return;
    }
    this.shown = blob;
    this.said.text(name);
    this.canvas.show(image);
    await this.shade(this.isShaded);
  }

  /** @param is whether what the foreground leaves out is to be darkened */
  private async shade(is: boolean): Promise<void> {
    this.isShaded = is;
    setPressed(this.toggle, is);
    const line = $("#golden-sample-foreground-said").text("");
    if (!is || !this.shown) return this.canvas.showForeground(undefined);
    const question = this.asked;
    line.text(words(this.type, "picture.finding"));
    // Whoever looks at it wants to see what there would be.
    const mode = $("#node-input-foreground").val() === "auto" ? "auto" : "on";
    try {
      const path = `mask/${encodeURIComponent(this.node)}/foreground/${mode}`;
      const { data, applied, ...grid } = (await sendFile(this.type, path, this.shown)) as FoundForeground;
      if (question !== this.asked || !this.isShaded) return;
      line.text(words(this.type, applied ? "picture.foreground" : "picture.whole"));
      this.canvas.showForeground(applied ? { ...grid, data: bytesOf(data) } : undefined);
    } catch (error) {
      if (question === this.asked) line.text((error as Error).message);
    }
  }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
