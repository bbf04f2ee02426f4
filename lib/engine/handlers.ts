import { createIndexer } from "../bank/search";
import { loadSharp } from "../image/load-sharp";
import { OpenImages } from "../image/open-images";
import { createResizer } from "../image/resize";
import { createPrincipalComponent } from "../mask/principal-component";
import type { InferenceRuntime } from "../runtime/types";
import { Holds } from "./caches";
import type { DeviceSelection } from "./devices/device-selection";
import { DeviceQueues } from "./frames/device-queues";
import { FrameReader } from "./frames/frame";
import { Backbones } from "./loaded/backbones";
import { Banks, type BanksOptions } from "./loaded/banks";
import { type Handlers, type Method, type Responses, requests } from "./requests";
import type { EngineContext, Handling } from "./requests/request";
import { TrainerProcess } from "./trainer-process";

export interface HandlerOptions {
  /** Runs the backbones, where that is to happen elsewhere than everything else. */
  backboneRuntime?: InferenceRuntime;
  queues?: DeviceQueues;
  /** Chooses their devices. */
  devices?: DeviceSelection;
  /** Of the banks in memory. */
  banks?: BanksOptions | undefined;
  trainer?: TrainerProcess;
}

/** Everything the engine process can do, in one place: loads models and banks as requests need them. */
export function createHandlers(runtime: InferenceRuntime, options: HandlerOptions = {}): Handlers {
  // A machine on which no image can be read says so now, not at the first frame.
  loadSharp();
  const { backboneRuntime = runtime, queues = new DeviceQueues(), devices } = options;
  const { trainer = new TrainerProcess(runtime.name) } = options;
  const indexer = createIndexer(runtime);
  const images = new OpenImages();
  const frames = new FrameReader(createResizer(runtime), queues, images);
  const context: EngineContext = {
    tools: { queues, frames, component: createPrincipalComponent(runtime) },
    backbones: new Backbones(backboneRuntime, devices),
    banks: new Banks(indexer, options.banks),
    images,
    trainer,
  };
  const handlers = Object.keys(requests).map((method) => [
    method,
    (request: unknown, handling: Handling) => answer(method as Method, request, context, handling),
  ]);
  return Object.fromEntries(handlers) as Handlers;
}

/** What a request uses is unloaded for nobody before it ends, however many other models are asked for meanwhile. */
async function answer(
  method: Method,
  request: unknown,
  context: EngineContext,
  handling: Handling,
): Promise<Responses[Method]> {
  const holds = new Holds();
  const { backbones, banks } = context;
  const own: EngineContext = { ...context, backbones: backbones.usedBy(holds), banks: banks.usedBy(holds) };
  try {
    // The schema that has parsed the request is the one its answer's type is made of; the compiler cannot follow that.
    return await requests[method].answer(request as never, own, handling);
  } finally {
    holds.release();
  }
}
