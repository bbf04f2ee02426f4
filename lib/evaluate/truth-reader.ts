import { GoldenSampleError } from "../errors";
import type { ScoredImage } from "./evaluation";
import { type GroundTruth, groundTruth } from "./figures/ground-truth";

/** An image's truth, or why its masks cannot be used; neither where it has none. */
export interface ReadTruth {
  truth?: GroundTruth;
  unusable?: string;
}

/** Reads masks, each once. */
export class TruthReader {
  private readonly known = new Map<string, ReadTruth>();

  async read({ masks, width, height }: ScoredImage): Promise<ReadTruth> {
    if (masks === undefined) return {};
    const key = JSON.stringify(masks);
    const read = this.known.get(key) ?? (await readTruth(masks));
    this.known.set(key, read);
    const { truth } = read;
    if (!truth || (truth.width === width && truth.height === height)) return read;
    return {
      unusable: `the mask ${masks[0]} has ${truth.width} x ${truth.height} pixels and its image ${width} x ${height}: they must be of the same size`,
    };
  }
}

/** Defective is what any of the masks marks. */
async function readTruth(masks: readonly string[]): Promise<ReadTruth> {
  // Loaded here and not above: whoever imports the library without evaluating must not load libvips.
  const { decodeMask } = await import("../image/decode-mask.js");
  try {
    const [first, ...others] = await Promise.all(masks.map(decodeMask));
    const { width, height, data } = first!;
    for (const [i, other] of others.entries()) {
      if (other.width !== width || other.height !== height)
        return { unusable: `its masks ${masks[0]} and ${masks[i + 1]} are not of the same size` };
      for (let at = 0; at < data.length; at++) data[at]! |= other.data[at]!;
    }
    const truth = groundTruth(data, width, height);
    if (truth.pixels.length === 0) return { unusable: `the mask ${masks[0]} marks nothing: no pixel is above 0` };
    return { truth };
  } catch (thrown) {
    if (!(thrown instanceof GoldenSampleError) || thrown.code !== "BAD_IMAGE") throw thrown;
    return { unusable: `the mask ${masks.join(", ")} cannot be read. ${thrown.message}` };
  }
}
