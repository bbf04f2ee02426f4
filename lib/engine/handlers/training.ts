import type { Backbone } from "../../backbone/backbone";
import type { BackboneRequest, Request } from "../api";
import type { Handlers, Handling, Workshop } from "../handling";
import type { Answers } from "../ipc/questions";
import { TRAINED, type Trained } from "../trainer-process";

/** What is the trainer's to do: handed on to it, and its questions answered meanwhile. */
export function trainingHandlers(workshop: Workshop): Handlers<Trained> {
  const handedOn = <M extends Trained>(method: M) => {
    return (request: Request<M>, handling: Handling) =>
      workshop.trainer.call(method, request, handling, answersOf(workshop, handling));
  };
  const all = Object.fromEntries(TRAINED.map((method) => [method, handedOn(method)])) as unknown as Handlers<Trained>;
  return {
    ...all,
    async build(request, handling) {
      const build = () => all.build(request, handling);
      return "file" in request.bank ? build() : workshop.banks.building(request.bank, build);
    },
  };
}

function answersOf({ tools, backbones, banks }: Workshop, { onProgress }: Handling): Answers {
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
