import { z } from "zod";
import type { Backbone, BackboneInfo } from "../../backbone/backbone";
import { records } from "../../backbone/models/records";
import { type ModelState, ModelStore } from "../../backbone/models/store";
import type { DeviceQueues } from "../frames/device-queues";
import type { DeviceReport } from "../loaded/backbones";
import { request } from "./request";
import { backboneSpec, modelsPlace, path } from "./schemas";

/** Backbones: what is found out about one, and the files of models by name. */
export const backboneRequests = {
  /** Loads the backbone if it is not yet. */
  describe: request({
    schema: z.object({ backbone: backboneSpec }),
    /** @returns also the milliseconds of one inference, measured once on a machine; only where `models` says where */
    async answer(
      { backbone: spec },
      { tools, backbones },
      { onProgress },
    ): Promise<BackboneInfo & { milliseconds?: number }> {
      const backbone = await backbones.get(spec, onProgress);
      if (!spec.models) return backbone.info;
      return { ...backbone.info, milliseconds: await measuredSpeed(spec.models.directory, backbone, tools.queues) };
    },
  }),

  /** Tests every device that is there with this backbone. */
  devices: request({
    schema: z.object({ backbone: backboneSpec }),
    async answer({ backbone }, { backbones }): Promise<{ devices: DeviceReport[] }> {
      return { devices: await backbones.examine(backbone) };
    },
  }),

  models: request({
    schema: z.object({ models: modelsPlace }),
    isShort: true,
    async answer({ models }): Promise<{ models: ModelState[] }> {
      return { models: await new ModelStore(models).list() };
    },
  }),

  downloadModel: request({
    schema: z.object({ models: modelsPlace, name: z.string() }),
    async answer({ models, name }, _, { onProgress, signal }): Promise<{ name: string; path: string }> {
      const { path } = await new ModelStore(models).ensure(name, {
        onProgress: (progress) => onProgress({ ...progress, phase: "download" }),
        signal,
      });
      return { name, path };
    },
  }),

  importModel: request({
    /** `file`: a path on the engine's machine. */
    schema: z.object({ models: modelsPlace, name: z.string(), file: path }),
    async answer({ models, name, file }): Promise<{ name: string; path: string }> {
      const { path } = await new ModelStore(models).import(name, file);
      return { name, path };
    },
  }),

  /** Reads the whole file; otherwise that happens once. */
  verifyModel: request({
    schema: z.object({ models: modelsPlace, name: z.string() }),
    async answer({ models, name }): Promise<{ name: string; path: string; sha256: string }> {
      const { path, entry } = await new ModelStore(models).verify(name);
      return { name, path, sha256: entry.sha256 };
    },
  }),
};

/** Milliseconds of one inference on a square picture: as recorded in the models directory, else measured once. */
async function measuredSpeed(directory: string, backbone: Backbone, queues: DeviceQueues): Promise<number> {
  const { info } = backbone;
  const { sha256, patchSize } = info;
  const device = info.runtime.name === "portable" ? "portable" : info.device;
  const side = Math.max(1, Math.floor(info.resolution / patchSize)) * patchSize;
  const known = (await records.speeds(directory)).find(
    (speed) => speed.sha256 === sha256 && speed.device === device && speed.resolution === info.resolution,
  );
  if (known) return known.milliseconds;
  const input = { height: side, width: side, data: new Float32Array(3 * side * side) };
  const run = () => queues.features(backbone, input, "build");
  // The first run allocates.
  await run();
  const start = performance.now();
  await run();
  const milliseconds = performance.now() - start;
  await records.addSpeed(directory, { sha256, device, resolution: info.resolution, milliseconds });
  return milliseconds;
}
