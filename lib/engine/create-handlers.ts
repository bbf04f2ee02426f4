import { createMatcher } from "../bank/search";
import { loadSharp } from "../image/load-sharp";
import { OpenImages } from "../image/open-images";
import { createResizer } from "../image/resize";
import { createPrincipalComponent } from "../mask/principal-component";
import type { InferenceRuntime } from "../runtime/types";
import type { Method, Request } from "./api";
import type { DeviceSelection } from "./devices/device-selection";
import { DeviceQueues } from "./frames/device-queues";
import { FrameReader } from "./frames/frame";
import { bankHandlers } from "./handlers/bank";
import { commissionHandlers } from "./handlers/commission";
import { explainHandlers } from "./handlers/explain";
import { feedbackHandlers } from "./handlers/feedback";
import { inspectHandlers } from "./handlers/inspect";
import { modelHandlers } from "./handlers/models";
import { trainingHandlers } from "./handlers/training";
import { versionHandlers } from "./handlers/versions";
import type { EngineContext, Handlers, Handling } from "./handling";
import { Backbones } from "./loaded/backbones";
import { Banks, type BanksOptions } from "./loaded/banks";
import { Holds } from "./loaded/lru";
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
  const matcher = createMatcher(runtime);
  const images = new OpenImages();
  const frames = new FrameReader(createResizer(runtime), queues, images);
  const context: EngineContext = {
    tools: { queues, frames, component: createPrincipalComponent(runtime) },
    backbones: new Backbones(backboneRuntime, devices),
    banks: new Banks(matcher, options.banks),
    images,
    trainer,
  };
  return heldDuringRequests(context);
}

/** What a request uses is unloaded for nobody before it ends, however many other models are asked for meanwhile. */
function heldDuringRequests(context: EngineContext): Handlers {
  const perRequest = (method: Method) => async (request: Request<Method>, handling: Handling) => {
    const holds = new Holds();
    const { backbones, banks } = context;
    const own = handlersOf({ ...context, backbones: backbones.usedBy(holds), banks: banks.usedBy(holds) });
    const handle = own[method] as (request: Request<Method>, handling: Handling) => ReturnType<Handlers[Method]>;
    try {
      return await handle(request, handling);
    } finally {
      holds.release();
    }
  };
  const methods = Object.keys(handlersOf(context)) as Method[];
  return Object.fromEntries(methods.map((method) => [method, perRequest(method)])) as unknown as Handlers;
}

function handlersOf(context: EngineContext): Handlers {
  return {
    ...modelHandlers(context),
    ...bankHandlers(context),
    ...trainingHandlers(context),
    ...versionHandlers(context),
    ...feedbackHandlers(context),
    ...inspectHandlers(context),
    ...explainHandlers(context),
    ...commissionHandlers(context),
  };
}
