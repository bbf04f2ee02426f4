import { askFile, askRuntime, words } from "../shared/form.editor";
import { themeColour, watchTheme } from "../shared/theme.editor";

interface FrameCost {
  width: number;
  height: number;
  patches: number;
  milliseconds: number;
  search?: number;
}

/** Pixels of the drawing, and how many times the place of the square is enlarged beside the whole picture. */
const HEIGHT = 150;
const DETAIL = 150;
/** Times its own side that is shown around the square. */
const AROUND = 5;

/** What the smallest defect that is to be found looks like on a reference, and what finding it costs. */
export class SmallestView {
  private readonly view = $("#golden-sample-smallest-view");
  private readonly field = $("#node-config-input-smallest");
  private readonly said = $("#golden-sample-smallest-said");
  private readonly canvas = $("#golden-sample-smallest-canvas")[0] as HTMLCanvasElement;
  private readonly endWatch = watchTheme(() => this.draw());
  private name = "";
  private picture: ImageBitmap | undefined;
  /** Of the camera's picture, of which the shown one is a smaller copy; known once something was measured. */
  private width: number | undefined;
  /** Counts what was asked for: an answer to an earlier question is dropped. */
  private asked = 0;

  constructor(private readonly type: string) {
    this.field.on("input change", () => {
      // What was measured was of another size.
      this.asked++;
      this.said.empty();
      this.draw();
    });
    $("#golden-sample-smallest-measure").on("click", () => void this.measure());
  }

  /** @param name of a bank that keeps references; else "" */
  async show(name: string): Promise<void> {
    this.asked++;
    if (name === this.name) return;
    this.close(name);
    this.draw();
    if (name === "") return;
    const blob = await askFile(`banks/${encodeURIComponent(name)}/references/0`);
    const picture = blob && (await createImageBitmap(blob).catch(() => undefined));
    if (name !== this.name) return picture?.close();
    this.picture = picture;
    this.draw();
  }

  close(name = ""): void {
    this.name = name;
    this.picture?.close();
    this.picture = undefined;
    this.width = undefined;
    this.said.empty();
  }

  end(): void {
    this.asked++;
    this.endWatch();
    this.close();
  }

  private get pixels(): number | undefined {
    const pixels = Number(this.field.val());
    return pixels >= 1 && pixels <= 10_000 ? pixels : undefined;
  }

  private async measure(): Promise<void> {
    const { pixels, name } = this;
    if (pixels === undefined) return;
    const question = ++this.asked;
    const path = `banks/${encodeURIComponent(name)}/cost`;
    this.said.text(words(this.type, "smallest.measuring"));
    try {
      const usual = (await askRuntime(this.type, "GET", `${path}/0`)) as FrameCost;
      if (question !== this.asked) return;
      this.width = usual.width;
      this.draw();
      const cost = (await askRuntime(this.type, "GET", `${path}/${pixels}`)) as FrameCost;
      if (question !== this.asked) return;
      const whole = ({ milliseconds, search = 0 }: FrameCost) => Math.round(milliseconds + search);
      const facts = { pixels, width: cost.width, height: cost.height, patches: cost.patches };
      this.said.text(words(this.type, "smallest.cost", { ...facts, milliseconds: whole(cost), usual: whole(usual) }));
    } catch (error) {
      if (question === this.asked) this.said.text((error as Error).message);
    }
  }

  private draw(): void {
    const { picture, pixels, width } = this;
    this.view.toggle(picture !== undefined && pixels !== undefined);
    $(this.canvas).toggle(width !== undefined);
    if (!picture || pixels === undefined || width === undefined) return;
    const side = (pixels * picture.width) / width;
    const scale = HEIGHT / picture.height;
    const wide = Math.round(picture.width * scale);
    Object.assign(this.canvas, { width: wide + 8 + DETAIL, height: HEIGHT });
    const context = this.canvas.getContext("2d")!;
    const [x, y] = [picture.width / 2, picture.height / 2];
    context.drawImage(picture, 0, 0, wide, HEIGHT);
    const around = Math.min(picture.width, picture.height, Math.max(8, AROUND * side));
    context.imageSmoothingEnabled = false;
    context.drawImage(picture, x - around / 2, y - around / 2, around, around, wide + 8, 0, DETAIL, DETAIL);
    context.strokeStyle = themeColour(this.canvas, "--red-ui-text-color-error");
    context.lineWidth = 2;
    // No smaller than can be seen.
    this.square(context, x * scale, y * scale, Math.max(3, side * scale));
    this.square(context, wide + 8 + DETAIL / 2, DETAIL / 2, (side * DETAIL) / around);
  }

  private square(context: CanvasRenderingContext2D, x: number, y: number, side: number): void {
    context.strokeRect(x - side / 2, y - side / 2, side, side);
  }
}
