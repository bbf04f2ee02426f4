import type { PatchTokens } from "../backbone/patch-tokens";
import type { PictureMeasures } from "./picture";

/** A picture as a whole. */
export interface FrameMeasures extends PictureMeasures {
  /** The mean of all patch tokens, raw: float32 [dimension]. */
  token: Float32Array;
}

/** A picture and its tokens as a whole. */
export function measureFrame(picture: PictureMeasures, { data, dimension }: PatchTokens): FrameMeasures {
  const sums = new Float64Array(dimension);
  for (let start = 0; start < data.length; start += dimension) {
    for (let i = 0; i < dimension; i++) sums[i]! += data[start + i]!;
  }
  const count = Math.max(1, data.length / dimension);
  return { ...picture, token: Float32Array.from(sums, (sum) => sum / count) };
}

/** The length of the difference of two mean tokens as a share of the second's own. */
export function tokenDistance(token: Float32Array, reference: Float32Array): number {
  let [difference, length] = [0, 0];
  for (let i = 0; i < reference.length; i++) {
    difference += (token[i]! - reference[i]!) ** 2;
    length += reference[i]! ** 2;
  }
  return Math.sqrt(difference / (length || 1));
}
