import type { Backbone } from "../../backbone/backbone";
import type { BackboneRequest, Request } from "../api";
import type { EngineContext, Handlers, Handling } from "../handling";
import type { Answers } from "../ipc/questions";
import { TRAINED, type Trained } from "../trainer-process";

/** What is the trainer's to do: handed on to it, and its questions answered meanwhile. */
export function trainingHandlers(context: EngineContext): Handlers<Trained> {
  const handedOn = <M extends Trained>(method: M) => {
    return (request: Request<M>, handling: Handling) =>
      context.trainer.call(method, request, handling, answersOf(context, handling));
  };
  const all = Object.fromEntries(TRAINED.map((method) => [method, handedOn(method)])) as unknown as Handlers<Trained>;
  return {
    ...all,
    async build(request, handling) {
      const build = () => all.build(request, handling);
      return "file" in request.bank ? build() : context.banks.building(request.bank, build);
    },
  };
}

function answersOf({ tools, backbones, banks }: EngineContext, { onProgress }: Handling): Answers {
  const loaded = new Map<string, Promise<Backbone>>();
  /** The same throughout a call, and without a look at the model's files for each image. */
  const backboneOf = (spec: BackboneRequest): Promise<Backbone> => {
    const key = JSON.stringify(spec);
    const backbone = loaded.get(key) ?? backbones.get(spec, onProgress);
    loaded.set(key, backbone);
    return backbone;
  };
  return {
    async backbone(spec) {
      return (await backboneOf(spec)).info;
    },
    async features({ backbone, input }) {
      return tools.queues.features(await backboneOf(backbone), input, "build");
    },
    async openBank({ file }) {
      await banks.open({ file }, { inTurn: tools.queues.inTurn });
    },
  };
}
