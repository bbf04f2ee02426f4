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
  const { dimension } = metadata.backbone;
  const isCosine = metadata.settings.metric === "cosine";
  return (values) => {
    const white = whitening ? applyWhitening(values, whitening) : values;
    return isCosine ? normaliseRows(white, dimension) : white;
  };
}
