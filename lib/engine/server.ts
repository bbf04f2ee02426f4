import { join } from "node:path";
import { createIndexer } from "../bank/search";
import { loadSharp } from "../image/load-sharp";
import { OpenImages } from "../image/open-images";
import { createResizer } from "../image/resize";
import { createPrincipalComponent } from "../mask/principal-component";
import { memoryBudget } from "../runtime/memory-plan";
import type { InferenceRuntime, RuntimeName } from "../runtime/types";
import { sentence } from "../sentence";
import { Holds } from "./caches";
import { DeviceSelection } from "./devices/device-selection";
import { DeviceQueues } from "./frames/device-queues";
import { FrameReader } from "./frames/frame";
import { serve } from "./ipc/serve";
import { Backbones } from "./loaded/backbones";
import { Banks, type BanksOptions } from "./loaded/banks";
import { type Handlers, type Method, type Request, type Responses, requests, type Trained } from "./requests";
import type { Answers, CallOptions, EngineContext, Handling } from "./requests/request";
import { EngineClient } from "./supervisor/client";

interface HandlerOptions {
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

/** Below the process of the frames: on a full machine it gets two fifths of the time that they get. */
const NICENESS = 4;
/** Milliseconds without a request after which the process is ended; sooner where memory is counted. */
const IDLE = { usual: 30_000, withBudget: 3_000 };
/**
 * Its loops are plain ones, in which it gives no sign of life: the longest of a bank of a million patches takes a minute
 * on a machine with much else to do.
 */
const SILENCE = 600_000;

/**
 * The trainer: a process of its own that is started with the first request for it. It has no models: it asks this
 * process for tokens. Should it end, its calls are sent to another one, once; frames go on in any case.
 */
class TrainerProcess {
  private readonly client: EngineClient;

  /** @param runtime that this process has loaded */
  constructor(runtime: RuntimeName) {
    this.client = new EngineClient({
      runtime,
      program: {
        script: join(__dirname, "..", "train", "server.js"),
        name: sentence`[trainingProcess] training process`,
        niceness: NICENESS,
        heap: "trainerHeap",
      },
      idle: memoryBudget() === undefined ? IDLE.usual : IDLE.withBudget,
      silence: SILENCE,
    });
  }

  /**
   * @param answers to what it asks of this process meanwhile
   * @throws {GoldenSampleError} CANCELLED, ENGINE_CRASHED, or what the trainer answers
   */
  call<M extends Trained>(
    method: M,
    request: Request<M>,
    options: Omit<CallOptions, "deadline">,
    answers: Answers,
  ): Promise<Responses[M]> {
    return this.client.call(method, request as never, { ...options, answers });
  }

  /** For diagnosis and tests. */
  get pid(): number | undefined {
    return this.client.pid;
  }

  /** Ends the process at once: nobody is left whom it could answer. */
  end(): void {
    this.client.kill();
  }
}

/**
 * The engine process: inspects frames, and hands what is learnt on to the trainer. Backbones run in threads of their
 * own, so that this one always hears.
 */
function main(): void {
  void serve(({ start, runtime, threaded, reason, onVerdict }) => {
    const devices = new DeviceSelection(runtime, { runtimeReason: reason, known: start.verdicts, onVerdict });
    const trainer = new TrainerProcess(runtime.name);
    const handlers = createHandlers(runtime, { backboneRuntime: threaded, devices, trainer });
    return {
      // The schema that has parsed the request is the one its handler's type is made of; the compiler cannot follow that.
      answer: (method, request, handling) =>
        (handlers[method] as (request: unknown, handling: Handling) => Promise<Responses[Method]>)(request, handling),
      end: () => trainer.end(),
    };
  });
}

if (require.main === module) main();
