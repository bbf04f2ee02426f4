import { z } from "zod";

/** A path on the engine's machine. */
export const path = z
  .string()
  .min(1)
  .refine((text) => !text.includes("\0"), "a path has no NUL character");
