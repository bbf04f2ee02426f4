import { iconButton } from "../shared/button.editor";
import { words } from "../shared/form.editor";
import { faultOf, MOST_NAME, shapeToText, textToShape } from "./saved-shapes.editor";
import type { Drawn, Kind, Shape } from "./shapes.editor";

export interface ListEvents {
  select: (index: number) => void;
  change: (index: number, drawn: Drawn) => void;
  duplicate: (index: number) => void;
  remove: (index: number) => void;
}

const ICONS = { polygon: "fa-pencil-square-o", rectangle: "fa-square-o", ellipse: "fa-circle-thin" };

/** The regions below the picture: what each is for, its name and threshold, its numbers. */
export class ShapeList {
  private readonly list = $("#golden-sample-shapes");
  private rows: { now: Drawn; row: JQuery; numbers: JQuery; fault: JQuery }[] = [];

  constructor(
    private readonly type: string,
    private readonly events: ListEvents,
  ) {}

  show(shapes: readonly Drawn[]): void {
    this.list.empty();
    this.rows = shapes.map((drawn, index) => this.row(index, drawn));
    this.check(shapes);
  }

  mark(selected: number | undefined): void {
    for (const [index, { row }] of this.rows.entries()) {
      row.css("border-left-color", index === selected ? "var(--red-ui-text-color-link)" : "transparent");
      row.attr("aria-current", String(index === selected));
    }
  }

  /** The numbers of a shape that was dragged. */
  reshaped(index: number, shape: Shape): void {
    const known = this.rows[index];
    if (!known) return;
    known.now.shape = shape;
    known.numbers.val(shapeToText(shape)).removeClass("input-error");
  }

  /** Names and thresholds, as typed. */
  check(shapes: readonly Drawn[]): void {
    for (const [index, { row, fault }] of this.rows.entries()) {
      const reason = shapes[index] && faultOf(this.type, shapes[index], shapes);
      fault.text(reason ?? "").toggle(reason !== undefined);
      row
        .find(".golden-sample-region-threshold, .golden-sample-region-name")
        .toggleClass("input-error", reason !== undefined);
    }
  }

  private row(index: number, drawn: Drawn): (typeof this.rows)[number] {
    const now = structuredClone(drawn);
    const change = () => this.events.change(index, structuredClone(now));
    const field = (name: string, key: string, width: string) =>
      $("<input>", { type: "text", "aria-label": words(this.type, key), placeholder: words(this.type, key) })
        .addClass(`golden-sample-region-${name}`)
        .css({ width, margin: 0 });
    const kind = $("<select>")
      .attr("aria-label", words(this.type, "label.use"))
      .css({ width: "118px", margin: 0 })
      .append(
        (["include", "exclude"] as const).map((each) =>
          $("<option>")
            .val(each)
            .text(words(this.type, `option.${each}`)),
        ),
      )
      .val(now.kind);
    const name = field("name", "label.regionName", "0")
      .css({ flex: "1 1 80px" })
      .attr("maxlength", MOST_NAME)
      .val(now.name);
    const threshold = field("threshold", "label.regionThreshold", "132px").val(now.threshold);
    const toggle = () => name.add(threshold).css("visibility", now.kind === "include" ? "visible" : "hidden");
    kind.on("change", () => {
      now.kind = kind.val() as Kind;
      toggle();
      change();
    });
    name.on("input", () => {
      now.name = String(name.val()).trim();
      change();
    });
    threshold.on("input", () => {
      now.threshold = String(threshold.val()).trim();
      change();
    });
    const numbers = field("numbers", now.shape.kind === "polygon" ? "label.corners" : "label.box", "100%")
      .css({ boxSizing: "border-box", marginTop: "4px" })
      .val(shapeToText(now.shape));
    numbers.on("input", () => {
      const shape = textToShape(now.shape.kind, String(numbers.val()));
      numbers.toggleClass("input-error", shape === undefined);
      if (!shape) return;
      now.shape = shape;
      change();
    });
    const fault = $("<div>")
      .attr("role", "alert")
      .css({ color: "var(--red-ui-text-color-error)", fontSize: "12px" })
      .hide();
    const icon = $("<i>")
      .addClass(`fa ${ICONS[now.shape.kind]}`)
      .attr("title", words(this.type, `option.${now.shape.kind}`))
      .css({ width: "16px", textAlign: "center" });
    const head = $("<div>")
      .css({ display: "flex", gap: "4px", alignItems: "center" })
      .append(icon, kind, name, threshold)
      .append(iconButton("fa-clone", words(this.type, "label.duplicate"), () => this.events.duplicate(index)))
      .append(iconButton("fa-trash", words(this.type, "label.delete"), () => this.events.remove(index)));
    const row = $("<li>")
      .css({ listStyle: "none", padding: "4px", borderLeft: "4px solid transparent" })
      .append(head, numbers, fault)
      .appendTo(this.list);
    // What a person is at in the list is shown in the picture, and the arrow keys of the canvas move it.
    row.on("focusin", () => this.events.select(index));
    toggle();
    return { now, row, numbers, fault };
  }
}
