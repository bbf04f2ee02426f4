import { stat } from "node:fs/promises";
import { type Backbone, type BackboneSpec, BUILT_IN } from "../backbone/backbone";
import { loadBackbone } from "../backbone/load";
import type { InferenceRuntime } from "../runtime/types";
import { Lru } from "./lru";

/** Models in memory at a time; one that a deploy has taken out of use makes room for the next. */
const KEPT = 4;

/** The loaded models: one for each file (or built-in), device and thread count, whatever the resolution and however many flows. */
export class Backbones {
  private readonly loaded = new Lru<Promise<Backbone>>(KEPT, release);

  constructor(private readonly runtime: InferenceRuntime) {}

  /** @throws {GoldenSampleError} BAD_BACKBONE, DEVICE_UNAVAILABLE */
  async get(spec: BackboneSpec): Promise<Backbone> {
    const key = await keyOf(spec);
    let loading = this.loaded.get(key);
    if (!loading) {
      loading = loadBackbone(this.runtime, spec);
      this.loaded.set(key, loading);
      // A failed load is tried again by the next request: the file may be there by then.
      loading.catch(() => this.loaded.delete(key));
    }
    const backbone = await loading;
    return { ...backbone, info: { ...backbone.info, resolution: spec.resolution } };
  }
}

/** With the file's size and time: a model replaced under the same name is another one. */
async function keyOf({ model, device, threads, remote }: BackboneSpec): Promise<string> {
  if (device === "remote") return JSON.stringify([device, remote]);
  const file = model === BUILT_IN ? undefined : await stat(model).catch(() => undefined);
  return JSON.stringify([model, device, threads, file?.size, file?.mtimeMs]);
}

function release(loading: Promise<Backbone>): void {
  loading.then(
    (backbone) => backbone.release(),
    () => undefined,
  );
}
