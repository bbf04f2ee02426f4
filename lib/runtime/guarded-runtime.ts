import { firstSentence } from "../errors";
import { selfTest } from "./self-test";
import type { InferenceRuntime, Session, SessionOptions } from "./types";

/**
 * Watches for what no later run survives: a GPU that was lost (driver restarted, unplugged, asleep), WebAssembly that
 * ran out of memory. After a run that failed the self-test is made again; where it fails too, it was not the image.
 * @param onBroken told why; from then on only another process will do
 */
export function guardedRuntime(runtime: InferenceRuntime, onBroken: (why: string) => void): InferenceRuntime {
  return {
    ...runtime,
    async createSession(model, options) {
      return guarded(runtime, await runtime.createSession(model, options), options, onBroken);
    },
  };
}

function guarded(
  runtime: InferenceRuntime,
  session: Session,
  options: SessionOptions | undefined,
  onBroken: (why: string) => void,
): Session {
  return {
    ...session,
    async run(feeds, fetches) {
      try {
        return await session.run(feeds, fetches);
      } catch (thrown) {
        const { deviceIndex } = options ?? {};
        await selfTest(runtime, { device: session.device, deviceIndex }).catch(() =>
          onBroken(`the device "${session.device}" works no more (${firstSentence(thrown)})`),
        );
        throw thrown;
      }
    },
  };
}
