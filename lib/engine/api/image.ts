import { z } from "zod";

/** A path on the engine's machine. */
export const path = z
  .string()
  .min(1)
  .refine((text) => !text.includes("\0"), "a path has no NUL character");

export const buffer = z.custom<Buffer>((value) => value instanceof Uint8Array, "a Buffer is expected");

export const imageSource = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("encoded"), data: buffer }),
  z.object({ kind: z.literal("path"), path, within: path.optional() }),
  z.object({
    kind: z.literal("raw"),
    data: buffer,
    width: z.int().positive(),
    height: z.int().positive(),
    channels: z.int().positive(),
  }),
]);

/**
 * Keeps the images' tokens in memory under this name, for further requests of the same name, as evaluations make them;
 * a request of another name lets them go.
 */
export const reuse = z.string().min(1).max(500).optional();
