/** HTML or SVG that is safe to put into a page as it stands. */
export class Markup {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

/** What can be put into a template. */
export type Content = Markup | string | number | undefined | false | readonly Content[];

/**
 * A template for HTML and SVG in which everything put in is escaped, unless it is markup itself: file names, types of
 * defects and errors are somebody else's words.
 */
export function html(parts: TemplateStringsArray, ...contents: Content[]): Markup {
  return new Markup(parts.reduce((text, part, i) => text + render(contents[i - 1]) + part));
}

function render(content: Content): string {
  if (content === undefined || content === false) return "";
  if (content instanceof Markup) return content.text;
  if (Array.isArray(content)) return content.map(render).join("");
  return escapeText(String(content));
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Safe in text and between the quotes of an attribute. */
export const escapeText = (text: string) => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
