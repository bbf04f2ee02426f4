import type { Backbone } from "../../backbone/backbone";
import { records } from "../../backbone/models/records";
import { ModelStore } from "../../backbone/models/store";
import type { BackboneResponses, BuildProgress, Request } from "../api";
import type { DeviceQueues } from "../frames/device-queues";
import type { EngineContext, Handlers, Handling } from "../handling";

/** Models: what is found out about one, and the files on disk. */
export function modelHandlers({ tools, backbones }: EngineContext): Handlers<keyof BackboneResponses> {
  return {
    async describe({ backbone: spec }: Request<"describe">, { onProgress }: Handling) {
      const backbone = await backbones.get(spec, onProgress);
      if (!spec.models) return backbone.info;
      return { ...backbone.info, milliseconds: await measuredSpeed(spec.models.directory, backbone, tools.queues) };
    },

    async devices({ backbone }: Request<"devices">) {
      return { devices: await backbones.examine(backbone) };
    },

    async models({ models }: Request<"models">) {
      return { models: await new ModelStore(models).list() };
    },

    async downloadModel(
      { models, name }: Request<"downloadModel">,
      { onProgress, signal }: { onProgress: (progress: BuildProgress) => void; signal: AbortSignal },
    ) {
      const { path } = await new ModelStore(models).ensure(name, {
        onProgress: (progress) => onProgress({ ...progress, phase: "download" }),
        signal,
      });
      return { name, path };
    },

    async importModel({ models, name, file }: Request<"importModel">) {
      const { path } = await new ModelStore(models).import(name, file);
      return { name, path };
    },

    async verifyModel({ models, name }: Request<"verifyModel">) {
      const { path, entry } = await new ModelStore(models).verify(name);
      return { name, path, sha256: entry.sha256 };
    },
  };
}

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
