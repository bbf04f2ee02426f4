import { basename } from "node:path";
import { GoldenSampleError } from "../errors";
import type { RgbImage } from "../image/rgb-image";
import { sentence } from "../sentence";
import { blankness } from "./blank";

const SAID = {
  black: (file: string) =>
    sentence`[referenceBlack] ${{ file }} is black: check the lamp, the exposure and the lens cap, and take a photo of a good part in its place.`,
  overexposed: (file: string) =>
    sentence`[referenceOverexposed] ${{ file }} is overexposed from edge to edge: shorten the exposure, and take a photo of a good part in its place.`,
  uniform: (file: string) =>
    sentence`[referenceUniform] ${{ file }} is of one colour from edge to edge: check that a part is in view, and take a photo of a good part in its place.`,
} as const;

/**
 * A reference shows something: what is learned from an empty picture calls every part an anomaly, or none.
 * @param file what the picture is called
 * @throws {GoldenSampleError} BAD_IMAGE
 */
export function mustShowSomething(image: RgbImage, file: string): void {
  const blank = blankness(image);
  if (!blank) return;
  throw new GoldenSampleError("BAD_IMAGE", SAID[blank](basename(file)));
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
    sentence`[allTheSame] All ${{ references: sources.length }} references are the same picture as reference 1 (${{ file: basename(first!.file) }}), byte for byte: clear them, check that the camera sends new frames, and send photos of different good parts.`,
  );
}
