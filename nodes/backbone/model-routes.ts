import { resolve } from "node:path";
import { GoldenSampleError, sentence, toGoldenSampleError } from "../../lib";
import { adminRoute, withEngine } from "../shared/admin-route";
import { modelsPlace, userDirectory } from "../shared/backbone-handle";
import { text } from "../shared/config";
import type { Runtime } from "../shared/node-red";

/** A download started from a dialog, for whoever has a dialog open. */
interface Download {
  done: number;
  total: number;
  /** Why it failed. */
  error?: string;
}

/**
 * Endpoints for the dialog: models there are, download, import, verify. All need the right to write: they take an
 * address or a path of the caller's choice.
 */
export function modelRoutes(RED: Runtime): void {
  const downloads = new Map<string, Download>();

  adminRoute(RED, "post", "models/list", "write", async ({ body }) => {
    const { models } = await withEngine("auto", (engine) => engine.call("models", { models: place(body) }));
    const shown = models.map((model) => ({ ...model, download: downloads.get(model.name) }));
    // A failure is told once.
    for (const [name, { error }] of downloads) if (error !== undefined) downloads.delete(name);
    return { json: { models: shown } };
  });

  adminRoute(RED, "post", "models/download", "write", async ({ body }) => {
    const name = nameIn(body);
    if (!downloads.has(name)) start(name, body);
    return { json: { name } };
  });

  adminRoute(RED, "post", "models/import", "write", async ({ body }) => {
    const file = text(read(body).file, "");
    if (file === "")
      throw new GoldenSampleError(
        "BAD_REQUEST",
        sentence`[noFileNamed] No file was named: enter the path of the model's file.`,
      );
    const request = { models: place(body), name: nameIn(body), file: resolve(userDirectory(RED), file) };
    return { json: await withEngine("auto", (engine) => engine.call("importModel", request)) };
  });

  adminRoute(RED, "post", "models/verify", "write", async ({ body }) => {
    const request = { models: place(body), name: nameIn(body) };
    return { json: await withEngine("auto", (engine) => engine.call("verifyModel", request)) };
  });

  /** Goes on when the dialog closes. */
  function start(name: string, body: unknown): void {
    const request = { models: place(body), name };
    const onProgress = ({ done, total }: Download) => downloads.set(name, { done, total });
    downloads.set(name, { done: 0, total: 0 });
    withEngine("auto", (engine) => engine.call("downloadModel", request, { onProgress })).then(
      () => downloads.delete(name),
      (thrown: unknown) => {
        const { message } = toGoldenSampleError(thrown, "INTERNAL", sentence`[downloadFailed] The download failed`);
        downloads.set(name, { done: 0, total: 0, error: message });
      },
    );
  }

  const place = (body: unknown) => modelsPlace(RED, read(body));
}

const read = (body: unknown) => (body ?? {}) as Readonly<Record<string, unknown>>;

function nameIn(body: unknown): string {
  const name = text(read(body).modelName, "");
  if (name !== "") return name;
  throw new GoldenSampleError("BAD_REQUEST", sentence`[noModelNamed] No model was named: choose one from the list.`);
}
