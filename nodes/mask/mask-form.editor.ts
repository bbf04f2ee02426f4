import { setPressed } from "../shared/button.editor";
import { words } from "../shared/form.editor";
import { MaskPictures } from "./mask-pictures.editor";
import { readAll, saveAll } from "./saved-shapes.editor";
import { ShapeCanvas, type Tool } from "./shape-canvas.editor";
import { ShapeList } from "./shape-list.editor";
import { type Drawn, grown, type Kind, middle, moved, type Shape, withHandle } from "./shapes.editor";

const TOOLS = ["select", "polygon", "rectangle", "ellipse"] as const;
/** Steps that can be taken back. */
const STEPS = 100;
/** Shares of the image that an arrow key moves a shape by, and where a copy lies beside its original. */
const STEP = 0.01;
const BESIDE = 0.03;
const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

/** The regions of a mask node in its dialog: drawn over a picture and listed below it, kept in step. */
export class MaskForm {
  private readonly canvas: ShapeCanvas;
  private readonly list: ShapeList;
  private readonly pictures: MaskPictures;
  private shapes: Drawn[];
  private selected: number | undefined;
  private typedIn: number | undefined;
  private readonly before: Drawn[][] = [];
  /** The shape that is being dragged as it was, until it has moved. */
  private dragged: { shape: Shape; isMoved: boolean } | undefined;

  constructor(
    private readonly type: string,
    include: unknown,
    exclude: unknown,
  ) {
    this.shapes = readAll(include, exclude);
    this.canvas = new ShapeCanvas($("#golden-sample-canvas")[0] as HTMLCanvasElement, {
      drawn: (shape) => this.add(shape),
      selected: (index) => this.select(index),
      begins: () => this.begin(),
      handle: (index, to) => this.dragTo((shape) => withHandle(shape, index, to)),
      drag: (dx, dy) => this.dragTo((shape) => moved(shape, dx, dy)),
      key: (event) => this.key(event),
    });
    this.list = new ShapeList(type, {
      select: (index) => this.select(index),
      change: (index, drawn) => this.change(index, drawn),
      duplicate: (index) => this.duplicate(index),
      remove: (index) => this.remove(index),
    });
    this.pictures = new MaskPictures(type, this.canvas);
    for (const kind of ["include", "exclude"] as const)
      $(`#golden-sample-draw-${kind}`).on("click", () => this.drawWith(kind));
    for (const tool of TOOLS)
      $(`#golden-sample-tool-${tool}`).on("click", (event) => this.use(tool, event.detail === 0));
    $("#golden-sample-duplicate").on("click", () => this.duplicate(this.selected));
    $("#golden-sample-delete").on("click", () => this.remove(this.selected));
    $("#golden-sample-undo").on("click", () => this.undo());
    $("#golden-sample-canvas").attr("aria-label", words(type, "tip.keys"));
    this.use(this.shapes.length > 0 ? "select" : "polygon");
    this.show();
  }

  /** As the node keeps them. */
  regions(): Record<Kind, unknown[]> {
    return saveAll(this.shapes);
  }

  /** Draws over the references of this bank, or its frames. */
  showBank(id: string, name: string): void {
    void this.pictures.showBank(id, name);
  }

  resize(): void {
    this.canvas.draw();
  }

  close(): void {
    this.pictures.close();
    this.canvas.close();
  }

  /** @param byKeyboard whether there is no pointer to draw with: one is put in the middle */
  private use(tool: Tool, byKeyboard = false): void {
    for (const other of TOOLS) {
      setPressed($(`#golden-sample-tool-${other}`), other === tool);
    }
    this.canvas.use(tool);
    if (!byKeyboard || tool === "select") return;
    this.add(middle(tool));
    this.canvas.focus();
  }

  private drawWith(kind: Kind): void {
    for (const other of ["include", "exclude"]) {
      setPressed($(`#golden-sample-draw-${other}`), other === kind);
    }
    this.canvas.kind = kind;
  }

  private add(shape: Shape): void {
    this.keep();
    this.shapes.push({ kind: this.canvas.kind, shape, name: "", threshold: "" });
    this.selected = this.shapes.length - 1;
    this.use("select");
    this.show();
  }

  private select(index: number | undefined): void {
    this.selected = index;
    this.typedIn = undefined;
    this.list.mark(index);
    this.allow();
    this.canvas.draw(this.shapes, index);
  }

  private change(index: number, drawn: Drawn): void {
    // What is typed into one row is one step.
    if (this.typedIn !== index) this.keep();
    this.typedIn = index;
    this.shapes[index] = drawn;
    this.allow();
    this.list.check(this.shapes);
    this.canvas.draw(this.shapes, index);
  }

  private begin(): void {
    const drawn = this.shapes[this.selected ?? -1];
    this.dragged = drawn && { shape: drawn.shape, isMoved: false };
  }

  private dragTo(change: (shape: Shape) => Shape): void {
    const index = this.selected;
    if (!this.dragged || index === undefined) return;
    if (!this.dragged.isMoved) this.keep();
    this.dragged.isMoved = true;
    this.reshape(index, change(this.dragged.shape));
  }

  private reshape(index: number, shape: Shape): void {
    this.shapes[index] = { ...this.shapes[index]!, shape };
    this.list.reshaped(index, shape);
    this.allow();
    this.canvas.draw(this.shapes, index);
  }

  private duplicate(index: number | undefined): void {
    const drawn = this.shapes[index ?? -1];
    if (!drawn) return;
    this.keep();
    const shape = [BESIDE, -BESIDE].map((by) => moved(drawn.shape, by, by)).find((each) => differs(each, drawn.shape));
    this.shapes.push({ ...structuredClone(drawn), ...(shape && { shape }) });
    this.selected = this.shapes.length - 1;
    this.show();
  }

  private remove(index: number | undefined): void {
    if (index === undefined || !this.shapes[index]) return;
    this.keep();
    this.shapes.splice(index, 1);
    this.selected = undefined;
    this.show();
  }

  private undo(): void {
    const last = this.before.pop();
    if (!last) return;
    this.shapes = last;
    this.selected = undefined;
    this.show();
  }

  /** @returns whether the key was one of ours */
  private key(event: KeyboardEvent): boolean {
    const index = this.selected;
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && event.key === "z") this.undo();
    else if (event.key === "PageDown" || event.key === "PageUp") this.selectNext(event.key === "PageDown" ? 1 : -1);
    else if (index === undefined) return false;
    else if (isCommand && event.key === "d") this.duplicate(index);
    else if (event.key === "Delete" || event.key === "Backspace") this.remove(index);
    else if (event.key === "Escape") this.select(undefined);
    else if (ARROWS[event.key]) {
      const [dx, dy] = ARROWS[event.key]!;
      const { shape } = this.shapes[index]!;
      this.keep();
      this.reshape(index, event.shiftKey ? grown(shape, dx, dy) : moved(shape, dx, dy));
    } else return false;
    return true;
  }

  private selectNext(by: number): void {
    const { length } = this.shapes;
    if (length === 0) return;
    this.select(this.selected === undefined ? (by > 0 ? 0 : length - 1) : (this.selected + by + length) % length);
  }

  /** What is now can be brought back. */
  private keep(): void {
    this.before.push(structuredClone(this.shapes));
    if (this.before.length > STEPS) this.before.shift();
  }

  private show(): void {
    this.list.show(this.shapes);
    this.list.mark(this.selected);
    this.allow();
    this.canvas.draw(this.shapes, this.selected);
    $("#golden-sample-regions-none").text(this.shapes.length === 0 ? words(this.type, "tip.noRegions") : "");
  }

  private allow(): void {
    $("#golden-sample-duplicate, #golden-sample-delete").prop("disabled", this.selected === undefined);
    $("#golden-sample-undo").prop("disabled", this.before.length === 0);
  }
}

const differs = (a: Shape, b: Shape) => JSON.stringify(a) !== JSON.stringify(b);
