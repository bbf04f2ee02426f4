/** Draws polygons over a picture: a click sets a corner, a click on the first one (or Enter) closes, Escape forgets. */

/** x and y as shares of the image's sides, 0..1, from the top left. */
export type Corner = [number, number];
export type Kind = "include" | "exclude";
export interface Drawn {
  kind: Kind;
  corners: Corner[];
}

/** Pixels within which a corner is meant. */
const REACH = 8;
/** Height by width where there is no picture to take it from. */
const BLANK = 0.6;

export class PolygonCanvas {
  kind: Kind = "include";
  closed = false;
  onChange: () => void = () => {};
  private readonly context: CanvasRenderingContext2D;
  private polygons: readonly Drawn[] = [];
  private open: Corner[] = [];
  private dragged: Corner | undefined;
  private picture: ImageBitmap | undefined;
  private readonly themeWatch = new MutationObserver(() => this.draw());

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly onDrawn: (drawn: Drawn) => void,
  ) {
    this.context = canvas.getContext("2d")!;
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", () => this.drop());
    canvas.addEventListener("keydown", (event) => this.key(event));
    // A theme is exchanged by attributes of the page or by another style sheet.
    this.themeWatch.observe(document.documentElement, { attributes: true });
    this.themeWatch.observe(document.head, { childList: true });
  }

  show(picture: ImageBitmap | undefined): void {
    this.picture?.close();
    this.picture = picture;
    this.draw();
  }

  close(): void {
    this.closed = true;
    this.themeWatch.disconnect();
    this.picture?.close();
    this.picture = undefined;
  }

  draw(polygons: readonly Drawn[] = this.polygons): void {
    if (this.closed) return;
    this.polygons = polygons;
    const width = this.canvas.clientWidth || 400;
    const height = Math.round(width * (this.picture ? this.picture.height / this.picture.width : BLANK));
    // Setting the size clears the canvas.
    Object.assign(this.canvas, { width, height });
    this.canvas.style.height = `${height}px`;
    this.context.fillStyle = this.colour("--red-ui-form-input-background");
    this.context.fillRect(0, 0, width, height);
    if (this.picture) this.context.drawImage(this.picture, 0, 0, width, height);
    for (const { kind, corners } of polygons) this.trace(corners, kind, true);
    this.trace(this.open, this.kind, false);
  }

  private trace(corners: readonly Corner[], kind: Kind, whole: boolean): void {
    if (corners.length === 0) return;
    const { context } = this;
    const colour = this.colour(`--red-ui-node-status-colors-${kind === "include" ? "green" : "red"}`);
    context.strokeStyle = colour;
    context.fillStyle = colour;
    context.lineWidth = 2;
    context.beginPath();
    for (const corner of corners) context.lineTo(...this.toPixels(corner));
    if (whole) {
      context.closePath();
      context.globalAlpha = 0.25;
      context.fill();
      context.globalAlpha = 1;
    }
    context.stroke();
    for (const corner of corners) {
      const [x, y] = this.toPixels(corner);
      context.fillRect(x - 3, y - 3, 6, 6);
    }
  }

  private press(event: PointerEvent): void {
    this.canvas.focus();
    const at = this.toShares(event);
    const first = this.open[0];
    if (first && this.isNear(first, at)) {
      this.finish();
      return;
    }
    const corner = this.open.length === 0 ? this.cornerAt(at) : undefined;
    if (corner) {
      this.dragged = corner;
      this.canvas.setPointerCapture(event.pointerId);
    } else this.open.push(at);
    this.draw();
  }

  private move(event: PointerEvent): void {
    if (!this.dragged) return;
    [this.dragged[0], this.dragged[1]] = this.toShares(event);
    this.onChange();
    this.draw();
  }

  private drop(): void {
    this.dragged = undefined;
  }

  private key(event: KeyboardEvent): void {
    if (this.open.length === 0 || (event.key !== "Enter" && event.key !== "Escape")) return;
    // The editor would close the dialog.
    event.stopPropagation();
    event.preventDefault();
    if (event.key === "Enter") this.finish();
    else this.open = [];
    this.draw();
  }

  private finish(): void {
    const corners = this.open;
    this.open = [];
    if (corners.length >= 3) this.onDrawn({ kind: this.kind, corners });
    this.draw();
  }

  private cornerAt(at: Corner): Corner | undefined {
    return this.polygons.flatMap(({ corners }) => corners).find((corner) => this.isNear(corner, at));
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
    return getComputedStyle(this.canvas).getPropertyValue(variable).trim() || getComputedStyle(this.canvas).color;
  }
}
