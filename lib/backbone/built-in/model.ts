import type { BackboneOutput } from "../description";

/** A backbone in the box: an ONNX model with dynamic batch, height and width, and all that is to be known of it. */
export interface BuiltInBackbone {
  model: Buffer;
  /** Of the model's bytes, in hexadecimal. */
  sha256: string;
  /** The only output, of the only input `pixel_values` [batch, 3, height, width]. */
  output: BackboneOutput;
  /** Of the pixel values divided by 255, per channel. */
  mean: readonly [number, number, number];
  standardDeviation: readonly [number, number, number];
  /** First principal component of one image's raw tokens above which a patch is foreground. */
  maskThreshold: number;
  /** See `BackboneInfo`. */
  autoMask?: false;
  /** Whether its banks whiten its tokens by their own statistics. */
  whiten: boolean;
  /** See `BackboneInfo`. */
  relative?: true;
  worstShare?: number;
  precision: "fp32" | "fp16";
}
