/**
 * Rows of the edit dialogs, as HTML. This runs when the package is built: what Node-RED loads has each node's form as
 * text. Texts come from the catalogues: a field `size` has the label `label.size`.
 */

/** By value, each with a catalogue key, or `{ text }` where it is called the same in every language. */
type Options = Readonly<Record<string, string | { text: string }>>;

interface Row {
  /** Further classes, by which the dialog's script shows and hides it. */
  class?: string;
  /** Behind the field, as HTML. */
  after?: string;
  /** Further attributes of the field. */
  attributes?: string;
}

interface NumberRow extends Row {
  min?: number;
  max?: number;
  /** @default "1" */
  step?: string;
  /** @default "120px" */
  width?: string;
}

/** A text of the catalogue. */
export const text = (key: string) => `<span data-i18n="${key}"></span>`;
/** Labels of the usual 100 px wrap in some language. */
const LABEL = "width: 130px";
const icon = (name: string) => `<i class="fa fa-${name}"></i>`;

/** A labelled row of any content. */
function row(label: string, content: string, { class: classes }: Row = {}): string {
  return `<div class="${["form-row", classes].filter(Boolean).join(" ")}">${label} ${content}</div>`;
}

export function button(id: string, iconName: string, key: string, more = ""): string {
  return `<button type="button" class="red-ui-button${more}" id="${id}">${icon(iconName)} ${text(key)}</button>`;
}

/** A row that is a heading: nothing to enter. */
export function heading(iconName: string, key: string, after = "", attributes = ""): string {
  return `<div class="form-row"${attributes}><label style="width: auto">${icon(iconName)} ${text(key)}</label>${after && ` ${after}`}</div>`;
}

/** A sentence under the rows. */
export function tip(key: string, classes = ""): string {
  return `<div class="form-tips${classes && ` ${classes}`}" data-i18n="${key}" style="max-width: none"></div>`;
}

/** Settings that are for experts, folded away; `unfoldExperts` opens them where one is not as it comes. */
export function experts(rows: readonly string[]): string {
  const summary = '<summary style="cursor: pointer; margin-bottom: 6px" data-i18n="label.experts"></summary>';
  return `<details class="golden-sample-experts" style="margin-bottom: 12px">${summary}${rows.join("")}</details>`;
}

/** A whole dialog, as Node-RED wants it. */
export function form(type: string, rows: readonly string[]): string {
  return `<script type="text/html" data-template-name="${type}">\n${rows.map((line) => `  ${line}\n`).join("")}</script>\n`;
}

/** The rows of a node's (`node-input`) or a config node's dialog. */
export function formRows(prefix: "node-input" | "node-config-input") {
  const idOf = (field: string) => `${prefix}-${field}`;
  const label = (field: string, iconName: string, key = `label.${field}`, style = LABEL) =>
    `<label for="${idOf(field)}" style="${style}">${icon(iconName)} ${text(key)}</label>`;
  const inputOf = (type: string, field: string, attributes: string, style = "") =>
    `<input type="${type}" id="${idOf(field)}"${attributes && ` ${attributes}`}${style && ` style="${style}"`}>`;
  const behind = ({ after }: Row) => (after === undefined ? "" : ` ${after}`);

  function input(field: string, iconName: string, more: Row = {}): string {
    return row(label(field, iconName), inputOf("text", field, more.attributes ?? "") + behind(more), more);
  }
  function checkbox(field: string, { style = "margin: 0; vertical-align: baseline" } = {}): string {
    const box = inputOf("checkbox", field, "", `width: auto; ${style}`);
    return row(
      `<label style="${LABEL}"></label>`,
      `${box} <label for="${idOf(field)}" style="width: auto" data-i18n="label.${field}"></label>`,
    );
  }
  function choice(field: string, offered: Options): string {
    const entries = Object.entries(offered).map(([value, key]) =>
      typeof key === "string"
        ? `<option value="${value}" data-i18n="${key}"></option>`
        : `<option value="${value}">${key.text}</option>`,
    );
    return `<select id="${idOf(field)}" style="width: 70%">${entries.join("")}</select>`;
  }

  return {
    label,
    input,
    checkbox,
    number(field: string, iconName: string, more: NumberRow = {}): string {
      const { min, max, step = "1", width = "120px", attributes = "" } = more;
      const range = [
        min === undefined ? "" : `min="${min}"`,
        max === undefined ? "" : `max="${max}"`,
        `step="${step}"`,
      ];
      const all = [...range, attributes].filter(Boolean).join(" ");
      return row(label(field, iconName), inputOf("number", field, all, `width: ${width}`) + behind(more), more);
    },
    choice,
    select: (field: string, iconName: string, offered: Options, more: Row = {}) =>
      row(label(field, iconName), choice(field, offered), more),
    area(field: string, iconName: string, attributes: string, more: Row & { labelStyle?: string } = {}): string {
      const left = label(field, iconName, undefined, more.labelStyle);
      return row(left, `<textarea id="${idOf(field)}" ${attributes}></textarea>`, more);
    },
    /** What Node-RED calls a node's name; the bank's is something else. */
    name(): string {
      const key = "node-red:common.label.name";
      return row(label("name", "tag", key), inputOf("text", "name", `data-i18n="[placeholder]${key}"`));
    },
    /** Where in a message the image is. */
    property: () => input("property", "picture-o", { attributes: 'style="width: 70%"' }),
    /** Whether a message may name a file, and in which folder. */
    paths: () => [
      checkbox("allowPaths"),
      input("pathFolder", "folder-open-o", {
        class: "golden-sample-paths",
        attributes: 'style="width: 70%" data-i18n="[placeholder]placeholder.pathFolder"',
      }),
    ],
    /** What a result has besides its score. */
    results: () => ["<hr>", heading("list", "label.add"), checkbox("regions"), checkbox("overlay"), checkbox("map")],
  };
}

/** Each value's text is `option.VALUE`. */
export const options = (...values: string[]): Options =>
  Object.fromEntries(values.map((value) => [value, `option.${value}`]));
