import { stat } from "node:fs/promises";
import { type Backbone, type BackboneSpec, BUILT_IN } from "../backbone/backbone";
import { resolutionOf } from "../backbone/description";
import { loadBackbone } from "../backbone/load";
import { externalFiles } from "../backbone/model-files";
import type { InferenceRuntime } from "../runtime/types";
import { Lru } from "./lru";

/** Models in memory at a time; one that a deploy has taken out of use makes room for the next. */
const KEPT = 4;
/** Models whose list of files is remembered: it is asked for with every frame. */
const LISTED = 32;

/** The loaded models: one for each file (or built-in), device and thread count, whatever the resolution and however many flows. */
export class Backbones {
  private readonly loaded = new Lru<Promise<Backbone>>(KEPT, release);
  private readonly external = new Lru<{ stamp: string; files: string[] }>(LISTED);

  constructor(private readonly runtime: InferenceRuntime) {}

  /** @throws {GoldenSampleError} BAD_BACKBONE, DEVICE_UNAVAILABLE */
  async get(spec: BackboneSpec): Promise<Backbone> {
    const key = await this.keyOf(spec);
    let loading = this.loaded.get(key);
    if (!loading) {
      loading = loadBackbone(this.runtime, spec);
      this.loaded.set(key, loading);
      // A failed load is tried again by the next request: the file may be there by then.
      loading.catch(() => this.loaded.delete(key));
    }
    const backbone = await loading;
    return { ...backbone, info: { ...backbone.info, resolution: resolutionOf(backbone.info.size, spec.resolution) } };
  }

  /** With the files' sizes and times: a model replaced under the same name is another one, and so are its weights. */
  private async keyOf({ model, device, threads, description }: BackboneSpec): Promise<string> {
    const settings = [model, device, threads, description];
    const own = model === BUILT_IN ? undefined : await stampOf(model);
    if (own === undefined) return JSON.stringify(settings);
    let listed = this.external.get(model);
    if (listed?.stamp !== own) {
      listed = { stamp: own, files: externalFiles(model) };
      this.external.set(model, listed);
    }
    return JSON.stringify([...settings, own, await Promise.all(listed.files.map(stampOf))]);
  }
}

async function stampOf(path: string): Promise<string | undefined> {
  const file = await stat(path).catch(() => undefined);
  return file?.isFile() ? `${file.size} ${file.mtimeMs}` : undefined;
}

function release(loading: Promise<Backbone>): void {
  loading.then(
    (backbone) => backbone.release(),
    () => undefined,
  );
}
