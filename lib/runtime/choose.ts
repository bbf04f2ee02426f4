import { GoldenSampleError, toGoldenSampleError } from "../errors";
import { type Sentence, sentence, together } from "../sentence";
import { loadOnnxRuntime } from "./onnxruntime";
import { loadPortableRuntime } from "./onnxruntime-web";
import { selfTest } from "./self-test";
import type { InferenceRuntime, RuntimeSetting } from "./types";

export interface ChosenRuntime {
  runtime: InferenceRuntime;
  /** Why it is the portable one, where nobody chose that: a sentence with the remedy. */
  reason?: Sentence;
}

export interface RuntimeOptions {
  runtime: RuntimeSetting;
  /** Why native is not to be tried again: it took its process down. */
  crashed?: Sentence | undefined;
}

/**
 * Loads the runtime wanted: with `auto` the native one where it loads and passes its self-test, else the portable one.
 * A crash under the native runtime's self-test ends the process; its supervisor then comes back with `crashed`.
 * @param wrap what the portable runtime is to be used through; it blocks longer
 * @throws {GoldenSampleError} RUNTIME_UNAVAILABLE with what is missing and the remedy
 */
export async function chooseRuntime(
  { runtime: setting, crashed }: RuntimeOptions,
  wrap: (portable: InferenceRuntime) => InferenceRuntime = (portable) => portable,
): Promise<ChosenRuntime> {
  const portable = () => tested(wrap(loadPortableRuntime()));
  if (setting === "portable") return { runtime: await portable() };
  try {
    if (crashed !== undefined) throw new GoldenSampleError("RUNTIME_UNAVAILABLE", crashed);
    return { runtime: await tested(loadOnnxRuntime()) };
  } catch (thrown) {
    const native = toGoldenSampleError(
      thrown,
      "RUNTIME_UNAVAILABLE",
      sentence`[nativeDoesNotRun] onnxruntime-node does not run here`,
    );
    if (setting === "native") throw native;
    try {
      return { runtime: await portable(), reason: native.sentence! };
    } catch (alsoThrown) {
      const also = toGoldenSampleError(
        alsoThrown,
        "RUNTIME_UNAVAILABLE",
        sentence`[portableDoesNotRun] The portable runtime does not run here`,
      );
      throw new GoldenSampleError("RUNTIME_UNAVAILABLE", together(native.sentence!, also.sentence!), { cause: thrown });
    }
  }
}

async function tested(runtime: InferenceRuntime): Promise<InferenceRuntime> {
  await selfTest(runtime);
  return runtime;
}
