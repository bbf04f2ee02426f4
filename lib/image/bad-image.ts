import { GoldenSampleError } from "../errors";
import type { Sentence } from "../sentence";

/** What is said of an image that cannot be inspected: one sentence with what is wrong and what to send. */
export const badImage = (message: Sentence, cause?: unknown) => new GoldenSampleError("BAD_IMAGE", message, { cause });
