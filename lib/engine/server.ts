import { DeviceSelection } from "./devices/device-selection";
import { createHandlers } from "./handlers";
import { serve } from "./ipc/serve";
import type { Method, Responses } from "./requests";
import type { Handling } from "./requests/request";
import { TrainerProcess } from "./trainer-process";

/**
 * The engine process: inspects frames, and hands what is learnt on to the trainer. Backbones run in threads of their
 * own, so that this one always hears.
 */
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
