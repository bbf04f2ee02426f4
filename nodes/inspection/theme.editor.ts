/** Colours of the editor's theme, for what is drawn on a canvas; read anew with every drawing, for the theme may change. */
export function colours(element: Element) {
  const style = getComputedStyle(element);
  const of = (variable: string) => style.getPropertyValue(variable).trim() || style.color;
  return {
    text: of("--red-ui-primary-text-color"),
    faint: of("--red-ui-secondary-border-color"),
    ok: of("--red-ui-text-color-success"),
    bad: of("--red-ui-text-color-error"),
    reference: of("--red-ui-text-color-link"),
    defect: of("--red-ui-text-color-warning"),
  };
}

/** Clears a canvas and fits it to its place, sharp on every screen. @returns its size in CSS pixels */
export function begin(canvas: HTMLCanvasElement): { context: CanvasRenderingContext2D; width: number; height: number } {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  const context = canvas.getContext("2d")!;
  context.scale(ratio, ratio);
  return { context, width, height };
}
