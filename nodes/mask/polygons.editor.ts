import { askFile, askRuntime, type Validator, words } from "../shared/form.editor";
import { type Corner, type Drawn, type Kind, PolygonCanvas } from "./polygon-canvas.editor";

/** Polygons as numbers and as text. x and y are shares of the image's sides, 0..1, from the top left. */

const EXAMPLE = "0.1,0.2  0.9,0.2  0.5,0.8";

function cornersToText(corners: readonly Corner[]): string {
  return corners.map(([x, y]) => `${rounded(x)},${rounded(y)}`).join("  ");
}

function rounded(share: number): number {
  return Number(share.toFixed(4));
}

/** @returns undefined for anything but at least three pairs of numbers from 0 to 1 */
function textToCorners(text: string): Corner[] | undefined {
  const numbers = text
    .replace(/[[\]();]/g, " ")
    .trim()
    .split(/[\s,]+/)
    .map(Number);
  if (numbers.length < 6 || numbers.length % 2 === 1) return undefined;
  if (!numbers.every((share) => share >= 0 && share <= 1)) return undefined;
  return numbers.flatMap((x, i) => (i % 2 === 0 ? [[x, numbers[i + 1]!] as Corner] : []));
}

/** What flows carry: lists, or their JSON where somebody wrote the flow by hand. */
function asPolygons(value: unknown): Corner[][] {
  if (Array.isArray(value)) return value as Corner[][];
  try {
    const parsed: unknown = JSON.parse(String(value));
    return Array.isArray(parsed) ? (parsed as Corner[][]) : [];
  } catch {
    return [];
  }
}

export function polygonsValid(type: string): Validator {
  return (value, _options) => {
    const listed = Array.isArray(value) || value === "" || value === undefined || asPolygons(value).length > 0;
    const good = listed && asPolygons(value).every((corners) => textToCorners(cornersToText(corners)) !== undefined);
    return good || words(type, "reason.polygons");
  };
}

/** The dialog's list of polygons and the drawing of them, kept in step. */
export class PolygonForm {
  private readonly list: JQuery;
  private readonly canvas: PolygonCanvas;
  private bank = "";
  private picture = 0;
  private pictures = 0;
  private asked = 0;

  constructor(
    private readonly type: string,
    include: unknown,
    exclude: unknown,
  ) {
    this.canvas = new PolygonCanvas($("#golden-sample-canvas")[0] as HTMLCanvasElement, (drawn) => this.addRow(drawn));
    this.canvas.onChange = () => this.refreshTexts();
    this.list = $("#golden-sample-polygons");
    const options = {
      addButton: words(type, "label.addPolygon"),
      removable: true,
      height: "auto" as const,
      addItem: (row: JQuery, _index: number, data: Drawn) => this.fillRow(row, data),
      removeItem: () => this.redraw(),
    };
    this.list.editableList(options);
    // Copies: corners are dragged in place, and the dialog may be cancelled.
    for (const corners of structuredClone(asPolygons(include))) this.addRow({ kind: "include", corners });
    for (const corners of structuredClone(asPolygons(exclude))) this.addRow({ kind: "exclude", corners });
    for (const kind of ["include", "exclude"] as const) {
      $(`#golden-sample-draw-${kind}`).on("click", () => this.drawWith(kind));
    }
    $("#golden-sample-previous").on("click", () => this.showPicture(this.picture - 1));
    $("#golden-sample-next").on("click", () => this.showPicture(this.picture + 1));
    this.redraw();
  }

  /** As the node keeps them; rows without a usable polygon are left out. */
  polygons(): Record<Kind, Corner[][]> {
    const rows = this.rows().filter(({ corners }) => corners.length >= 3);
    const of = (kind: Kind) => rows.filter((row) => row.kind === kind).map(({ corners }) => corners);
    return { include: of("include"), exclude: of("exclude") };
  }

  /** Draws over the references of this bank. */
  async showBank(name: string): Promise<void> {
    this.bank = name;
    const question = ++this.asked;
    const path = `banks/${encodeURIComponent(name)}`;
    const state = name === "" ? undefined : await askRuntime(this.type, "GET", path).catch(() => undefined);
    if (question !== this.asked) return;
    this.pictures = (state as { references: number } | undefined)?.references ?? 0;
    await this.showPicture(0);
  }

  resize(): void {
    this.canvas.draw();
  }

  close(): void {
    this.asked++;
    this.canvas.close();
  }

  private async showPicture(index: number): Promise<void> {
    if (index < 0 || (index > 0 && index >= this.pictures)) return;
    const question = ++this.asked;
    const path = `banks/${encodeURIComponent(this.bank)}/references/${index}`;
    const blob = index < this.pictures ? await askFile(path) : undefined;
    const image = blob && (await createImageBitmap(blob).catch(() => undefined));
    if (question !== this.asked) return;
    this.picture = index;
    $("#golden-sample-picture-number").text(image ? words(this.type, "label.reference", { number: index + 1 }) : "");
    this.canvas.show(image);
  }

  private drawWith(kind: Kind): void {
    for (const other of ["include", "exclude"])
      $(`#golden-sample-draw-${other}`).toggleClass("selected", other === kind);
    this.canvas.kind = kind;
  }

  private addRow(drawn: Drawn): void {
    this.list.editableList("addItem", drawn);
  }

  private rows(): Drawn[] {
    const items = this.list.editableList("items");
    return items.toArray().map((item) => $(item).data("data") as Drawn);
  }

  private fillRow(row: JQuery, data: Drawn): void {
    // The list's own add button gives an empty object.
    data.kind ??= this.canvas.kind;
    data.corners ??= [];
    const select = $("<select>").css({ width: "130px", marginRight: "6px" }).appendTo(row);
    for (const kind of ["include", "exclude"]) {
      $("<option>")
        .val(kind)
        .text(words(this.type, `option.${kind}`))
        .appendTo(select);
    }
    select.val(data.kind).on("change", () => {
      data.kind = select.val() as Kind;
      this.redraw();
    });
    const field = $("<input>", { type: "text", placeholder: EXAMPLE, "aria-label": words(this.type, "label.corners") })
      .addClass("golden-sample-corners")
      .css({ width: "calc(100% - 140px)" })
      .val(cornersToText(data.corners))
      .appendTo(row);
    field.on("input", () => {
      const corners = textToCorners(String(field.val()));
      field.toggleClass("input-error", corners === undefined);
      data.corners = corners ?? [];
      this.redraw();
    });
    row.data("data", data);
    this.redraw();
  }

  private refreshTexts(): void {
    const items = this.list.editableList("items");
    items.each((_, item) => {
      const { corners } = $(item).data("data") as Drawn;
      $(item).find(".golden-sample-corners").val(cornersToText(corners)).removeClass("input-error");
    });
  }

  private redraw(): void {
    // While the list is being set up there is nothing to read yet.
    setTimeout(() => {
      if (!this.canvas.closed) this.canvas.draw(this.rows());
    });
  }
}
