import { createMatcher } from "../bank/search";
import { createResizer } from "../image/resize";
import { createPrincipalComponent } from "../mask/principal-component";
import type { InferenceRuntime } from "../runtime/types";
import { Backbones } from "./backbones";
import { Banks } from "./banks";
import { FrameReader } from "./frame";
import { bankHandlers } from "./handlers/bank";
import { inspectHandlers } from "./handlers/inspect";
import { modelHandlers } from "./handlers/models";
import type { Handlers, Workshop } from "./handling";
import { Lane } from "./lane";

/** Everything the engine process can do, in one place: loads models and banks as requests need them. */
export function createInspector(runtime: InferenceRuntime): Handlers {
  const lane = new Lane();
  const matcher = createMatcher(runtime);
  const frames = new FrameReader(createResizer(runtime), lane);
  const workshop: Workshop = {
    tools: { lane, matcher, frames, component: createPrincipalComponent(runtime) },
    backbones: new Backbones(runtime),
    banks: new Banks(matcher),
  };
  return { ...modelHandlers(workshop), ...bankHandlers(workshop), ...inspectHandlers(workshop) };
}
