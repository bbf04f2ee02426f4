import type { Backbone } from "../backbone/backbone";
import { createIndexer } from "../bank/search";
import { Holds } from "../engine/caches";
import { DeviceQueues } from "../engine/frames/device-queues";
import { FrameReader } from "../engine/frames/frame";
import type { BackboneSource } from "../engine/loaded/backbones";
import { Banks } from "../engine/loaded/banks";
import type { Handlers, Method, Request, Responses, Trained } from "../engine/requests";
import type { Ask, CallHandling } from "../engine/requests/request";
import { GoldenSampleError } from "../errors";
import { loadSharp } from "../image/load-sharp";
import { OpenImages } from "../image/open-images";
import { createResizer } from "../image/resize";
import { createPrincipalComponent } from "../mask/principal-component";
import type { InferenceRuntime } from "../runtime/types";
import { plain } from "../sentence";
import { acceptHandlers } from "./handlers/accept";
import { batchHandlers } from "./handlers/batch";
import { buildHandlers } from "./handlers/build";
import { madeDefectHandlers } from "./handlers/made-defects";
import { versionHandlers } from "./handlers/versions";
import type { Training } from "./training";

/** Everything the trainer process can do. */
export function createTraining(runtime: InferenceRuntime) {
  // A machine on which no image can be read says so now.
  loadSharp();
  const queues = new DeviceQueues();
  const indexer = createIndexer(runtime);
  const images = new OpenImages();
  const frames = new FrameReader(createResizer(runtime), queues, images);
  const tools = { images, queues, indexer, frames, component: createPrincipalComponent(runtime) };
  // Only what a request holds: the inspecting process keeps the banks that are in use.
  const banks = new Banks(indexer, { memory: 0 });
  return async (method: Method, request: unknown, handling: CallHandling): Promise<Responses[Method]> => {
    const holds = new Holds();
    const { ask } = handling;
    const handlers = handlersOf({
      tools,
      backbones: askedBackbones(ask),
      banks: banks.usedBy(holds),
      openBank: (file) => ask("openBank", { file }),
    });
    if (!(method in handlers)) throw new GoldenSampleError("INTERNAL", plain(`The trainer knows no "${method}".`));
    const handle = handlers[method as Trained] as (
      request: Request<Method>,
      handling: CallHandling,
    ) => Promise<Responses[Method]>;
    try {
      // The schema that has parsed the request is the one its handler's type is made of.
      return await handle(request as Request<Method>, handling);
    } finally {
      holds.release();
    }
  };
}

function handlersOf(training: Training): Handlers<Trained> {
  return {
    ...buildHandlers(training),
    ...acceptHandlers(training),
    ...versionHandlers(training),
    ...madeDefectHandlers(training),
    ...batchHandlers(training),
  };
}

/** Backbones of the inspecting process, as they are here: prepared images go out, tokens come back. */
function askedBackbones(ask: Ask): BackboneSource {
  return {
    async get(spec): Promise<Backbone> {
      const features: Backbone["features"] = (input) => ask("features", { backbone: spec, input });
      return {
        info: await ask("backbone", spec),
        features,
        featuresOfBatch: (inputs) => Promise.all(inputs.map(features)),
        release: async () => undefined,
      };
    },
  };
}
