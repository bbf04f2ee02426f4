import { themeColour, watchTheme } from "../shared/theme.editor";
import { between, boxOf, type Corner, contains, type Drawn, handlesOf, type Kind, type Shape } from "./shapes.editor";

export type Tool = "select" | Shape["kind"];
export interface CanvasEvents {
  /** A shape was drawn. */
  drawn: (shape: Shape) => void;
  selected: (index: number | undefined) => void;
  /** A drag of the selected shape begins. */
  begins: () => void;
  /** A corner of what it was then is now here. */
  handle: (index: number, to: Corner) => void;
  /** It is now so far from where it was then, as shares. */
  drag: (dx: number, dy: number) => void;
  /** A key while nothing is being drawn. @returns whether it was one */
  key: (event: KeyboardEvent) => boolean;
}
/** The foreground as patches: 1 = look here. */
export interface Foreground {
  rows: number;
  cols: number;
  data: Uint8Array;
  area?: { x: number; y: number; width: number; height: number };
}
type Drag = { from: Corner; handle?: number } | undefined;

/** Pixels within which a corner is meant. */
const REACH = 8;
/** Height by width where there is no picture to take it from. */
const BLANK = 0.6;

/** Draws shapes over a picture, and tells what the pointer and the keys do with them. */
export class ShapeCanvas {
  kind: Kind = "include";
  tool: Tool = "select";
  closed = false;
  private readonly context: CanvasRenderingContext2D;
  private shapes: readonly Drawn[] = [];
  private selected: number | undefined;
  private foreground: Foreground | undefined;
  /** Corners of a polygon that is being drawn, or where a rectangle or ellipse begins and ends for now. */
  private open: Corner[] = [];
  private drag: Drag;
  private picture: ImageBitmap | undefined;
  private readonly endWatch = watchTheme(() => this.draw());

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly events: CanvasEvents,
  ) {
    this.context = canvas.getContext("2d")!;
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.drop(event));
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  show(picture: ImageBitmap | undefined): void {
    this.picture?.close();
    this.picture = picture;
    this.foreground = undefined;
    this.draw();
  }

  showForeground(foreground: Foreground | undefined): void {
    this.foreground = foreground;
    this.draw();
  }

  close(): void {
    this.closed = true;
    this.endWatch();
    this.picture?.close();
    this.picture = undefined;
  }

  focus(): void {
    this.canvas.focus();
  }

  /** Forgets a shape that was begun. */
  use(tool: Tool): void {
    this.tool = tool;
    this.open = [];
    this.canvas.style.cursor = tool === "select" ? "default" : "crosshair";
    this.draw();
  }

  draw(shapes: readonly Drawn[] = this.shapes, selected = this.selected): void {
    if (this.closed) return;
    this.shapes = shapes;
    this.selected = selected !== undefined && selected < shapes.length ? selected : undefined;
    const width = this.canvas.clientWidth || 400;
    const height = Math.round(width * (this.picture ? this.picture.height / this.picture.width : BLANK));
    // Setting the size clears the canvas.
    Object.assign(this.canvas, { width, height });
    this.canvas.style.height = `${height}px`;
    this.context.fillStyle = this.colour("--red-ui-form-input-background");
    this.context.fillRect(0, 0, width, height);
    if (this.picture) this.context.drawImage(this.picture, 0, 0, width, height);
    this.shade();
    for (const [index, drawn] of shapes.entries()) this.trace(drawn, index === this.selected);
    this.traceOpen();
  }

  /** What the foreground leaves out, darkened. */
  private shade(): void {
    if (!this.foreground) return;
    const { rows, cols, data, area = { x: 0, y: 0, width: 1, height: 1 } } = this.foreground;
    const { width, height } = this.canvas;
    const column = (col: number) => Math.round((area.x + (area.width * col) / cols) * width);
    const line = (row: number) => Math.round((area.y + (area.height * row) / rows) * height);
    this.context.fillStyle = this.colour("--red-ui-primary-background");
    this.context.globalAlpha = 0.75;
    for (const [i, kept] of data.entries()) {
      const [row, col] = [Math.floor(i / cols), i % cols];
      if (kept) continue;
      this.context.fillRect(column(col), line(row), column(col + 1) - column(col), line(row + 1) - line(row));
    }
    this.context.globalAlpha = 1;
  }

  private trace({ kind, shape, name }: Drawn, isSelected: boolean): void {
    const { context } = this;
    const colour = this.colour(`--red-ui-node-status-colors-${kind === "include" ? "green" : "red"}`);
    context.strokeStyle = colour;
    context.fillStyle = colour;
    context.lineWidth = isSelected ? 4 : 2;
    this.outline(shape);
    context.globalAlpha = isSelected ? 0.4 : 0.2;
    context.fill();
    context.globalAlpha = 1;
    context.stroke();
    const size = isSelected ? 9 : 6;
    for (const handle of handlesOf(shape)) {
      const [x, y] = this.toPixels(handle);
      context.fillRect(x - size / 2, y - size / 2, size, size);
    }
    if (kind === "include" && name !== "") this.label(name, shape);
  }

  private label(name: string, shape: Shape): void {
    const { context } = this;
    const box = boxOf(shape);
    const [x, y] = this.toPixels([box.x, box.y]);
    context.font = "12px sans-serif";
    context.fillStyle = this.colour("--red-ui-form-input-background");
    context.globalAlpha = 0.85;
    context.fillRect(x + 5, y + 5, context.measureText(name).width + 8, 18);
    context.globalAlpha = 1;
    context.fillStyle = this.colour("--red-ui-primary-text-color");
    context.fillText(name, x + 9, y + 18);
  }

  private outline(shape: Shape): void {
    const { context } = this;
    context.beginPath();
    if (shape.kind === "ellipse") {
      const [x, y] = this.toPixels([shape.x + shape.width / 2, shape.y + shape.height / 2]);
      const [across, down] = this.toPixels([shape.width / 2, shape.height / 2]);
      context.ellipse(x, y, across, down, 0, 0, 2 * Math.PI);
    } else for (const corner of handlesOf(shape)) context.lineTo(...this.toPixels(corner));
    context.closePath();
  }

  private traceOpen(): void {
    if (this.open.length === 0) return;
    const { context } = this;
    context.strokeStyle = this.colour(`--red-ui-node-status-colors-${this.kind === "include" ? "green" : "red"}`);
    context.fillStyle = context.strokeStyle;
    context.lineWidth = 2;
    const [first, last] = [this.open[0]!, this.open.at(-1)!];
    if (this.tool === "rectangle" || this.tool === "ellipse") {
      const shape = between(this.tool, first, last);
      if (!shape) return;
      this.outline(shape);
      context.stroke();
      return;
    }
    context.beginPath();
    for (const corner of this.open) context.lineTo(...this.toPixels(corner));
    context.stroke();
    for (const corner of this.open) {
      const [x, y] = this.toPixels(corner);
      context.fillRect(x - 3, y - 3, 6, 6);
    }
  }

  private press(event: PointerEvent): void {
    this.canvas.focus();
    const at = this.toShares(event);
    this.canvas.setPointerCapture(event.pointerId);
    if (this.tool === "polygon" && this.open.length > 0) {
      if (this.isNear(this.open[0]!, at)) this.finish();
      else this.open.push(at);
    } else if (!this.takeHandle(at)) {
      if (this.tool === "select") this.takeShape(at);
      else this.open = this.tool === "polygon" ? [at] : [at, at];
    }
    this.draw();
  }

  private takeHandle(at: Corner): boolean {
    for (const index of this.fromTop()) {
      const handle = handlesOf(this.shapes[index]!.shape).findIndex((corner) => this.isNear(corner, at));
      if (handle === -1) continue;
      this.begin(index, { from: at, handle });
      return true;
    }
    return false;
  }

  private takeShape(at: Corner): void {
    const index = this.fromTop().find((each) => contains(this.shapes[each]!.shape, at));
    if (index === undefined) this.events.selected(undefined);
    else this.begin(index, { from: at });
  }

  private begin(index: number, drag: Drag): void {
    this.events.selected(index);
    this.events.begins();
    this.drag = drag;
  }

  private move(event: PointerEvent): void {
    const at = this.toShares(event);
    if (this.drag) {
      const { from, handle } = this.drag;
      if (handle !== undefined) this.events.handle(handle, at);
      else this.events.drag(at[0] - from[0], at[1] - from[1]);
    } else if (this.open.length === 2 && (this.tool === "rectangle" || this.tool === "ellipse")) {
      this.open[1] = at;
      this.draw();
    }
  }

  private drop(event: PointerEvent): void {
    this.drag = undefined;
    if (this.open.length !== 2 || (this.tool !== "rectangle" && this.tool !== "ellipse")) return;
    const shape = between(this.tool, this.open[0]!, this.toShares(event));
    this.open = [];
    if (shape) this.events.drawn(shape);
    this.draw();
  }

  private key(event: KeyboardEvent): void {
    const isOpen = this.open.length > 0;
    const isMine = isOpen ? event.key === "Enter" || event.key === "Escape" : this.events.key(event);
    if (!isMine) return;
    // The editor would close the dialog, or delete the node.
    event.stopPropagation();
    event.preventDefault();
    if (isOpen && event.key === "Enter") this.finish();
    else this.open = [];
    this.draw();
  }

  private finish(): void {
    const corners = this.open;
    this.open = [];
    if (this.tool === "polygon" && corners.length >= 3) this.events.drawn({ kind: "polygon", corners });
  }

  /** Those drawn last lie over the others; the selected one is meant first. */
  private fromTop(): number[] {
    const order = [...this.shapes.keys()].reverse();
    return this.selected === undefined ? order : [this.selected, ...order];
  }

  private isNear(a: Corner, b: Corner): boolean {
    const [ax, ay] = this.toPixels(a);
    const [bx, by] = this.toPixels(b);
    return Math.hypot(ax - bx, ay - by) <= REACH;
  }

  private toPixels([x, y]: Corner): Corner {
    return [x * this.canvas.width, y * this.canvas.height];
  }

  private toShares(event: PointerEvent): Corner {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const share = (value: number) => Math.min(1, Math.max(0, Number(value.toFixed(4))));
    return [share((event.clientX - left) / width), share((event.clientY - top) / height)];
  }

  private colour(variable: string): string {
    return themeColour(this.canvas, variable);
  }
}
