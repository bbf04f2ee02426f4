import type { UncalibratedBank } from "./memory-bank";
import { normaliseRows } from "./search/vectors";
import { applyWhitening } from "./whitening";

/**
 * Brings patches to where they are compared with a bank's: whitened where the bank is, and for cosine of length one.
 * @returns what leaves its argument as it is: float32 [count, dimension] in and out
 */
export function preparation({
  whitening,
  metadata,
}: Pick<UncalibratedBank, "whitening" | "metadata">): (values: Float32Array) => Float32Array {
  return (values) => comparable(metadata, whitening ? applyWhitening(values, whitening) : values);
}

/** The same of what is whitened already, where it is to be. */
export function comparable(
  { backbone, settings }: Pick<UncalibratedBank["metadata"], "backbone" | "settings">,
  whitened: Float32Array,
): Float32Array {
  return settings.metric === "cosine" ? normaliseRows(whitened, backbone.dimension) : whitened;
}
