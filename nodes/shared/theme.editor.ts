/** Colours of the editor's theme, for what is drawn on a canvas; read anew with every drawing, for the theme may change. */
export function colours(element: Element) {
  const style = getComputedStyle(element);
  const of = (variable: string) => colourOf(style, variable);
  return {
    text: of("--red-ui-primary-text-color"),
    faint: of("--red-ui-secondary-border-color"),
    ok: of("--red-ui-text-color-success"),
    bad: of("--red-ui-text-color-error"),
    reference: of("--red-ui-text-color-link"),
    defect: of("--red-ui-text-color-warning"),
  };
}

/** One of them, by its variable; the text's where the theme has none. */
export function themeColour(element: Element, variable: string): string {
  return colourOf(getComputedStyle(element), variable);
}

const colourOf = (style: CSSStyleDeclaration, variable: string) =>
  style.getPropertyValue(variable).trim() || style.color;

/**
 * Calls `draw` whenever the theme may be another: it is exchanged by attributes of the page or by another style sheet.
 * @returns ends the watching
 */
export function watchTheme(draw: () => void): () => void {
  const watch = new MutationObserver(draw);
  watch.observe(document.documentElement, { attributes: true });
  watch.observe(document.head, { childList: true });
  return () => watch.disconnect();
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
