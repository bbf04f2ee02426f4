import type { RED as EditorRed, NodeDef, NodeInstance, NodeProperties, NodePropertyDef } from "@node-red/editor-client";
import { type Spoken, say } from "./language";

/**
 * Whether a field may stay as it is, or the reason why not. A validator needs to have exactly two parameters: with one
 * the editor takes a reason for "valid".
 */
export type Validator<This = unknown> = (this: This, value: unknown, options?: object) => boolean | string;

/** A node's definition as Node-RED 4 and 5 read it; the published types know validators of one parameter only. */
interface Definition<Settings extends NodeProperties, Instance extends Settings>
  extends Omit<NodeDef<Settings, { token: string }, Instance>, "defaults"> {
  defaults: {
    [K in keyof Settings]: Omit<NodePropertyDef<Settings[K]>, "validate"> & {
      validate?: Validator<NodeInstance<Instance>>;
    };
  };
}

declare global {
  /** The editor, where dialogs run. */
  const RED: Omit<EditorRed, "nodes"> & {
    nodes: Omit<EditorRed["nodes"], "registerType"> & {
      /** `Instance`: with what a dialog keeps on the node while it is open. */
      registerType<Settings extends NodeProperties, Instance extends Settings = Settings>(
        type: string,
        definition: Definition<Settings, Instance>,
      ): void;
    };
  };
}

/** A text of the catalogue of node `type`, also where there is no node to ask. */
export function words(type: string, key: string, values?: Record<string, string | number>): string {
  return RED._(`@golden-sample/node-red-anomaly/${type}:${key}`, values);
}

/** Values such as ${NAME} are filled in from the environment when the flow starts. */
export function fromEnvironment(value: unknown): boolean {
  return /^\$\{[^}]+\}$/.test(String(value));
}

/**
 * What is absent stays as it was before there was the setting: nodes of earlier versions, and those written by hand, are
 * not marked as faulty for it.
 * @param type whose catalogue has `reason.number` and `reason.whole`
 */
export function numberBetween(type: string, from: number, to: number, whole: boolean): Validator {
  // Exactly two parameters: with fewer the editor takes a returned reason for "valid".
  return (value, _options) => {
    if (value === undefined || fromEnvironment(value)) return true;
    const number = String(value ?? "").trim() === "" ? Number.NaN : Number(value);
    if (number >= from && number <= to && (!whole || Number.isInteger(number))) return true;
    return words(type, whole ? "reason.whole" : "reason.number", { from, to });
  };
}

/**
 * The palette's search looks at a node's type and label only; this adds what people look for who do not know its name,
 * such as "inspect".
 */
export function findable(type: string): void {
  RED.events.on("registry:node-type-added", (added: unknown) => {
    if (added !== type) return;
    // The palette makes its node on the same event.
    setTimeout(() => {
      const node = $(`.red-ui-palette-node[data-palette-type="${type}"]`);
      node.attr("data-palette-label", `${node.attr("data-palette-label") ?? ""} ${words(type, "palette.search")}`);
    });
  });
}

/** How a node is called in the palette and on the canvas. */
export function named(type: string) {
  return {
    paletteLabel: () => words(type, "node.name"),
    label(this: { name?: string | undefined }): string {
      return this.name || words(type, "node.name");
    },
    labelStyle(this: { name?: string | undefined }): string {
      return this.name ? "node_label_italic" : "";
    },
  };
}

/** What all nodes that frames go through have in common in the palette and on the canvas. */
export function onCanvas(type: string) {
  return {
    category: "golden sample",
    inputs: 1 as const,
    align: "left" as const,
    ...named(type),
    inputLabels: () => words(type, "port.input"),
  };
}

/** Shows the folder of paths where they are allowed. */
export function followPaths(): void {
  $("#node-input-allowPaths")
    .on("change", function () {
      $(".golden-sample-paths").toggle($(this).is(":checked"));
    })
    .trigger("change");
}

/**
 * Opens the folded settings where one of them is not as it comes with a new node: nothing that was set is out of sight.
 * To be called when the fields are filled and those that do not count are hidden.
 * @param prefix of the fields' ids
 * @param node whose dialog it is
 */
export function unfoldExperts(prefix: "node-input" | "node-config-input", node: object): void {
  const { defaults } = (node as { _def: { defaults: Readonly<Record<string, { value: unknown }>> } })._def;
  // A config node's dialog lies over that of the node that uses it.
  const folded = $(".golden-sample-experts").last();
  const isSet = Object.entries(defaults).some(([name, { value }]) => {
    const field = folded.find(`#${prefix}-${name}`);
    const isHidden = field
      .parentsUntil(folded)
      .toArray()
      .some((row) => row.style.display === "none");
    if (field.length === 0 || isHidden) return false;
    const now = field.is(":checkbox") ? field.is(":checked") : field.val();
    return String(now ?? "") !== String(value ?? "");
  });
  folded.prop("open", isSet);
}

/** Asks the runtime; the answer's sentence, where it failed, is for the user. */
export function askRuntime(type: string, method: "GET" | "POST", path: string, body?: unknown): Promise<unknown> {
  const request: JQuery.AjaxSettings = { url: `golden-sample/${path}`, method, dataType: "json" };
  if (body !== undefined) Object.assign(request, { contentType: "application/json", data: JSON.stringify(body) });
  return answerTo(type, request);
}

/** Sends a file as it is; the answer's sentence, where it failed, is for the user. */
export function sendFile(type: string, path: string, file: Blob): Promise<unknown> {
  return answerTo(type, {
    ...{ url: `golden-sample/${path}`, method: "POST", data: file, processData: false, dataType: "json" },
    contentType: "application/octet-stream",
  });
}

function answerTo(type: string, request: JQuery.AjaxSettings): Promise<unknown> {
  return new Promise((done, fail) => {
    $.ajax(request).then(done, (answer: JQuery.jqXHR) => fail(new Error(failureOf(type, answer))));
  });
}

function failureOf(type: string, { status, responseJSON }: JQuery.jqXHR): string {
  const { message, sentence } = (responseJSON ?? {}) as { message?: unknown; sentence?: Spoken };
  if (sentence) return say(RED, sentence);
  if (typeof message === "string") return message;
  if (status === 401 || status === 403) return words(type, "reason.permission");
  // The runtime has the endpoint only once a node of this package is loaded and the server is up.
  return words(type, "reason.unreachable", { status });
}

/** A picture, or another file, over $.ajax, which carries the editor's token; an <img> with that address would not. */
export function askFile(path: string): Promise<Blob | undefined> {
  const request = { url: `golden-sample/${path}`, method: "GET", xhrFields: { responseType: "blob" } } as const;
  return new Promise((done) => {
    // Without processData: "binary" jQuery would try to read the blob as text.
    $.ajax({
      ...request,
      dataType: "binary",
      converters: { "* binary": (blob: unknown) => blob },
    } as JQuery.AjaxSettings).then(
      (blob: unknown) => done(blob instanceof Blob ? blob : undefined),
      () => done(undefined),
    );
  });
}
