import { z } from "zod";

/** Everything that must be known of a model to run it as a backbone. */
export interface BackboneDescription {
  inputName: string;
  inputType: "float32" | "float16";
  /** Of the input: [1, 3, height, width] or [1, height, width, 3]. */
  layout: "NCHW" | "NHWC";
  size: InputSize;
  /** Whether the file declares that it takes several images in one run. */
  batch: "dynamic" | 1;
  /** Of the pixel values divided by 255, per channel. */
  mean: readonly [number, number, number];
  standardDeviation: readonly [number, number, number];
  /** One, or several that are joined: brought to the finest of their grids, each vector to length 1. */
  outputs: readonly [BackboneOutput, ...BackboneOutput[]];
  /** How several are joined; absent: `concatenate`. */
  combine?: Combine | undefined;
  /** Pixels of a cell of the (finest) grid. */
  patchSize: number;
  /** Numbers a patch, of all outputs together; of their mean as many as each has. */
  dimension: number;
}

/** Side by side, so that a distance is the mean of the layers' own; or their mean, which costs no more than one layer. */
export const COMBINES = ["concatenate", "mean"] as const;
export type Combine = (typeof COMBINES)[number];

/** Pixels: any size whose sides are multiples of `multiple`, or one size only. */
export type InputSize = { kind: "dynamic"; multiple: number } | { kind: "fixed"; height: number; width: number };

export type BackboneOutput =
  /** [1, tokens, dimension]; what precedes and follows the patch tokens is dropped. */
  | {
      name: string;
      kind: "tokens";
      leadingTokens: number;
      trailingTokens: number;
      patchSize: number;
      dimension: number;
    }
  /** A feature map, whose cells are the patches: [1, dimension, rows, cols], or [1, rows, cols, dimension]. */
  | { name: string; kind: "map"; layout: "NCHW" | "NHWC"; patchSize: number; dimension: number };

const layout = z.enum(["NCHW", "NHWC"]);
const pixels = z.int().min(1).max(4096);
const triple = z.tuple([z.number(), z.number(), z.number()]);
const count = z.int().min(0);
/** Of an output's facts only its name is needed. */
const output = z.strictObject({
  name: z.string().min(1),
  kind: z.enum(["tokens", "map"]).optional(),
  leadingTokens: count.optional(),
  trailingTokens: count.optional(),
  layout: layout.optional(),
  patchSize: pixels.optional(),
  dimension: z.int().positive().optional(),
});

/**
 * What a user says of a model, all of it optional: takes the place of what probing would deduce. Facts that the file
 * itself states (names, types, dimension) may be given, but must be so.
 */
export const descriptionOverrides = z.strictObject({
  inputName: z.string().min(1).optional(),
  inputType: z.enum(["float32", "float16"]).optional(),
  layout: layout.optional(),
  size: z
    .discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("dynamic"), multiple: pixels }),
      z.strictObject({ kind: z.literal("fixed"), height: pixels, width: pixels }),
    ])
    .optional(),
  batch: z.union([z.literal("dynamic"), z.literal(1)]).optional(),
  mean: triple.optional(),
  standardDeviation: z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]).optional(),
  /** Names alone, or names with what is known of them. Two or more are joined. */
  outputs: z
    .array(
      z.union([
        z
          .string()
          .min(1)
          .transform((name): z.output<typeof output> => ({ name })),
        output,
      ]),
    )
    .min(1)
    .optional(),
  combine: z.enum(COMBINES).optional(),
  patchSize: pixels.optional(),
  dimension: z.int().positive().optional(),
});
export type DescriptionOverrides = z.output<typeof descriptionOverrides>;
export type OutputOverrides = z.output<typeof output>;

/** Pixels of the smaller edge of what the model is given: a fixed size leaves no choice. */
export function resolutionOf(size: InputSize, wanted: number): number {
  return size.kind === "fixed" ? Math.min(size.height, size.width) : wanted;
}

/** Whether two descriptions give the same tokens of the same model, as far as size and outputs go. */
export function featureKey({
  size,
  outputs,
  combine,
}: Pick<BackboneDescription, "size" | "outputs" | "combine">): string {
  const facts = outputs.map((item) =>
    item.kind === "tokens"
      ? [item.name, item.patchSize, item.leadingTokens, item.trailingTokens]
      : [item.name, item.patchSize, item.layout],
  );
  const key = [size.kind === "fixed" ? [size.height, size.width] : size.multiple, facts];
  return JSON.stringify(combine === "mean" ? [...key, combine] : key);
}
