import { basename } from "node:path";
import { GoldenSampleError } from "../errors";
import type { RgbImage } from "../image/rgb-image";
import { blankness } from "./blank";

const WORDS = {
  black: "is black: check the lamp, the exposure and the lens cap",
  overexposed: "is overexposed from edge to edge: shorten the exposure",
  uniform: "is of one colour from edge to edge: check that a part is in view",
} as const;

/**
 * A reference shows something: what is learned from an empty picture calls every part an anomaly, or none.
 * @param file what the picture is called
 * @throws {GoldenSampleError} BAD_IMAGE
 */
export function mustShowSomething(image: RgbImage, file: string): void {
  const blank = blankness(image);
  if (!blank) return;
  throw new GoldenSampleError(
    "BAD_IMAGE",
    `${basename(file)} ${WORDS[blank]}, and take a photo of a good part in its place.`,
  );
}

/** Copies of one picture that are no oversight any more: two are named as near-duplicates. */
const COPIES = 3;

/**
 * Several references are several photos: from one, sent again and again, nothing can be learned of how good parts differ.
 * @param sources name and SHA-256 of each reference
 * @throws {GoldenSampleError} BAD_REQUEST
 */
export function mustDiffer(sources: readonly { file: string; sha256: string }[]): void {
  const [first] = sources;
  if (sources.length < COPIES || sources.some(({ sha256 }) => sha256 !== first!.sha256)) return;
  throw new GoldenSampleError(
    "BAD_REQUEST",
    `All ${sources.length} references are the same picture as reference 1 (${basename(first!.file)}), byte for byte: clear them, check that the camera sends new frames, and send photos of different good parts.`,
  );
}
