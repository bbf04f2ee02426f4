import { askRuntime, words } from "../shared/form.editor";

/** A model as the runtime lists it. */
interface ListedModel {
  name: string;
  bytes: number;
  licence?: string;
  patchSize?: number;
  dimension?: number;
  onDisk: boolean;
  partial?: number;
  speeds: { device: string; resolution: number; milliseconds: number }[];
  download?: { done: number; total: number; error?: string };
}

/**
 * The part of the backbone's dialog that is about models by name: the list, what is known of the one chosen, and
 * download, import, verify. While a model is downloaded the list is asked again each second.
 * @param chosen the name that the node has
 * @returns a function that ends the asking
 */
export function modelChoice(type: string, chosen: string): () => void {
  const select = $("#node-config-input-modelName");
  const facts = $("#golden-sample-model-facts");
  const buttons = $("#golden-sample-model-buttons button");
  let models: ListedModel[] = [];
  let timer: number | undefined;
  let closed = false;

  const settings = () => ({
    mirror: $("#node-config-input-mirror").val(),
    modelName: select.val(),
    file: $("#golden-sample-import-file").val(),
  });
  const option = (name: string, text: string) => $("<option>").val(name).text(text);

  function fill(): void {
    const now = String(select.val() || chosen);
    select.empty();
    for (const { name, onDisk } of models) select.append(option(name, onDisk ? `${name} ✓` : name));
    // A name that this machine does not know is kept until another is chosen.
    if (!models.some(({ name }) => name === now)) select.append(option(now, now));
    select.val(now);
  }

  function describe(): string {
    const model = models.find(({ name }) => name === select.val());
    if (!model) return "";
    const { bytes, licence, patchSize, dimension, onDisk, download, speeds } = model;
    const parts = [`${(bytes / 1e6).toFixed(1)} MB`, licence];
    if (patchSize) parts.push(words(type, "model.patch", { patch: patchSize }));
    if (dimension) parts.push(words(type, "model.dimension", { dimension }));
    for (const { milliseconds, resolution, device } of speeds) {
      parts.push(words(type, "model.speed", { milliseconds: Math.round(milliseconds), resolution, device }));
    }
    if (download?.error) parts.push(download.error);
    else if (download) {
      parts.push(
        words(type, "model.downloading", { percent: Math.floor((100 * download.done) / (download.total || 1)) }),
      );
    } else parts.push(words(type, onDisk ? "model.onDisk" : "model.notHere"));
    return parts.filter(Boolean).join(" · ");
  }

  function list(): Promise<void> {
    window.clearTimeout(timer);
    return askRuntime(type, "POST", "models/list", settings()).then(
      (answer) => {
        if (closed) return;
        models = (answer as { models: ListedModel[] }).models;
        fill();
        facts.text(describe());
        const isBusy = models.some(({ download }) => download && !download.error);
        if (isBusy) timer = window.setTimeout(() => void list(), 1000);
      },
      (error: Error) => {
        if (!closed) facts.text(error.message);
      },
    );
  }

  function on(id: string, path: string, done: string | undefined): void {
    $(id).on("click", () => {
      buttons.prop("disabled", true);
      facts.text(words(type, "model.wait"));
      void askRuntime(type, "POST", path, settings())
        .then(
          () => list().then(() => done && facts.text(`${facts.text()} · ${words(type, done)}`)),
          (error: Error) => facts.text(error.message),
        )
        .finally(() => buttons.prop("disabled", false));
    });
  }

  on("#golden-sample-download", "models/download", undefined);
  on("#golden-sample-import", "models/import", "model.verified");
  on("#golden-sample-verify", "models/verify", "model.verified");
  select.on("change", () => facts.text(describe()));
  fill();
  void list();
  return () => {
    closed = true;
    window.clearTimeout(timer);
  };
}
