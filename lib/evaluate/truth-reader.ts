import { GoldenSampleError } from "../errors";
import type { ScoredImage } from "./evaluation";
import { type GroundTruth, groundTruth } from "./figures/ground-truth";

/** Reads masks, each once. */
export class TruthReader {
  private readonly known = new Map<string, GroundTruth>();

  /**
   * @returns undefined where the image has no mask
   * @throws {GoldenSampleError} BAD_IMAGE for a mask that cannot be read or has another size than its image
   */
  async read({ mask, path, width, height }: ScoredImage): Promise<GroundTruth | undefined> {
    if (mask === undefined) return undefined;
    const truth = this.known.get(mask) ?? (await decodeMask(mask));
    this.known.set(mask, truth);
    if (truth.width === width && truth.height === height) return truth;
    throw new GoldenSampleError(
      "BAD_IMAGE",
      `The mask ${mask} has ${truth.width} x ${truth.height} pixels and ${path} has ${width} x ${height}: they must be of the same size.`,
    );
  }
}

async function decodeMask(path: string): Promise<GroundTruth> {
  // Loaded here and not above: whoever imports the library without evaluating must not load libvips.
  const { decodeImage } = await import("../image/decode.js");
  const { width, height, data } = await decodeImage({ kind: "path", path });
  const mask = new Uint8Array(width * height);
  for (let i = 0; i < mask.length; i++) mask[i] = data[3 * i]! | data[3 * i + 1]! | data[3 * i + 2]!;
  return groundTruth(mask, width, height);
}
