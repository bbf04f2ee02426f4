// biome-ignore-all lint/correctness/noUnusedVariables: used by the dialogs that the build puts this into
/** What several dialogs need. Inlined by the build inside each dialog's own function, so nothing here is global. */

interface EditorRed {
  _(key: string, values?: Record<string, unknown>): string;
}
declare const RED: EditorRed;

interface ValidatorOptions {
  label?: string;
}
type Validator = (this: unknown, value: unknown, options?: ValidatorOptions) => true | string;

/** A text of the catalogue of node `type`, also where there is no node to ask. */
function words(type: string, key: string, values?: Record<string, unknown>): string {
  return RED._(`@golden-sample/node-red-anomaly/${type}:${key}`, values);
}

/** Values such as ${NAME} are filled in from the environment when the flow starts. */
function fromEnvironment(value: unknown): boolean {
  return /^\$\{[^}]+\}$/.test(String(value));
}

/** @param type whose catalogue has `reason.number` and `reason.whole` */
function numberBetween(type: string, from: number, to: number, whole: boolean): Validator {
  // Exactly two parameters: with fewer the editor takes a returned reason for "valid".
  return (value, _options) => {
    if (fromEnvironment(value)) return true;
    const number = String(value ?? "").trim() === "" ? Number.NaN : Number(value);
    if (number >= from && number <= to && (!whole || Number.isInteger(number))) return true;
    return words(type, whole ? "reason.whole" : "reason.number", { from, to });
  };
}

/** For settings that nodes of earlier versions do not have. */
function orAbsent(validator: Validator): Validator {
  return function (value, _options) {
    return value === undefined ? true : validator.call(this, value, _options);
  };
}

/** Asks the runtime; the answer's sentence, where it failed, is for the user. */
function askRuntime(type: string, method: "GET" | "POST", path: string, body?: unknown): Promise<unknown> {
  const request: JQuery.AjaxSettings = { url: `golden-sample/${path}`, method, dataType: "json" };
  if (body !== undefined) Object.assign(request, { contentType: "application/json", data: JSON.stringify(body) });
  return new Promise((done, fail) => {
    $.ajax(request).then(done, (answer: JQuery.jqXHR) => fail(new Error(failureOf(type, answer))));
  });
}

function failureOf(type: string, { status, responseJSON }: JQuery.jqXHR): string {
  const sentence = (responseJSON as { message?: unknown } | undefined)?.message;
  if (typeof sentence === "string") return sentence;
  if (status === 401 || status === 403) return words(type, "reason.permission");
  // The runtime has the endpoint only once a node of this package is loaded and the server is up.
  return words(type, "reason.unreachable", { status });
}

/** A picture, or another file, over $.ajax, which carries the editor's token; an <img> with that address would not. */
function askFile(path: string): Promise<Blob | undefined> {
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
