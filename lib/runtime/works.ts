import type { InferenceRuntime, SessionOptions, Tensor } from "./types";

/**
 * Whether a runtime has all operators of a graph (the portable one, or a device, may lack some): loads it and, where
 * inputs are given, runs it once.
 */
export async function worksOn(
  runtime: InferenceRuntime,
  model: Uint8Array,
  feeds?: Readonly<Record<string, Tensor>>,
  options?: SessionOptions,
): Promise<boolean> {
  try {
    const session = await runtime.createSession(model, options);
    try {
      if (feeds) await session.run(feeds);
    } finally {
      await session.release();
    }
    return true;
  } catch {
    return false;
  }
}
