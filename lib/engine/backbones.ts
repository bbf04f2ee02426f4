import type { Backbone, BackboneSpec } from "../backbone/backbone";
import { loadBackbone } from "../backbone/load";
import type { InferenceRuntime } from "../runtime/types";

/** The loaded models: one for each file (or built-in), device and thread count, whatever the resolution and however many flows. */
export class Backbones {
  private readonly loaded = new Map<string, Promise<Backbone>>();

  constructor(private readonly runtime: InferenceRuntime) {}

  async get(spec: BackboneSpec): Promise<Backbone> {
    const key = keyOf(spec);
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

  async unload(spec: BackboneSpec): Promise<void> {
    const loading = this.loaded.get(keyOf(spec));
    this.loaded.delete(keyOf(spec));
    await (await loading?.catch(() => undefined))?.release();
  }
}

const keyOf = ({ model, device, threads }: BackboneSpec) => JSON.stringify([model, device, threads]);
