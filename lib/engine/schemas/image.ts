import { z } from "zod";
import { box } from "../../bank/bank-settings";
import { MOST_NAME, MOST_REGIONS } from "../../mask/named-region";

/** A path on the engine's machine. */
export const path = z
  .string()
  .min(1)
  .refine((text) => !text.includes("\0"), "a path has no NUL character");

const buffer = z.custom<Buffer>((value) => value instanceof Uint8Array, "a Buffer is expected");

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

const share = z.number().min(0).max(1);
export const polygon = z.array(z.tuple([share, share])).min(3);

const namedRegion = z.object({
  name: z.string().trim().min(1).max(MOST_NAME),
  threshold: z.number().optional(),
  outlines: z.array(polygon).min(1),
});

export const gridMask = z
  .object({
    rows: z.int().positive(),
    cols: z.int().positive(),
    dtype: z.literal("uint8"),
    data: buffer,
    /** What the grid covers, and the box around the regions it was made with, as shares of the frame. */
    area: box.optional(),
    region: box.optional(),
    /** Regions that are scored by themselves, too; what the mask leaves out of them is not looked at. */
    regionsOfInterest: z.array(namedRegion).max(MOST_REGIONS).optional(),
  })
  .refine(({ data }) => data.every((byte) => byte <= 1), "a mask holds 1 where to look and 0 elsewhere");

export const foregroundMode = z.enum(["auto", "on", "off"]);
