import { GoldenSampleError } from "../errors";
import { sentence } from "../sentence";
import type { PatchTokens } from "./patch-tokens";

/** Numbers up to this size have squared lengths, and sums of millions of them, that single precision holds. */
const LARGEST = 1e15;

/**
 * What a backbone made of an image, if distances can be told from it: NaN would pass any comparison, and nothing but
 * zeros is like nothing and everything.
 * @param model what the backbone is called
 * @returns the tokens as they are
 * @throws {GoldenSampleError} BAD_BACKBONE where one of its numbers is NaN, infinite or over 1e15, or all are 0
 */
export function informative(tokens: PatchTokens, model: string): PatchTokens {
  const { data } = tokens;
  let known = true;
  let blank = true;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    // Written so that NaN fails it, too.
    if (!(value <= LARGEST && value >= -LARGEST)) known = false;
    if (value !== 0) blank = false;
  }
  if (known && !blank) return tokens;
  throw new GoldenSampleError(
    "BAD_BACKBONE",
    known
      ? sentence`[tokensZero] The backbone ${{ backbone: model }} made nothing but zeros of the image: check the model and its description, and try it with float32 weights on the device "cpu".`
      : sentence`[tokensUnknown] The backbone ${{ backbone: model }} made numbers that are NaN, infinite or beyond all measure of the image: check the model and its description, and try it with float32 weights on the device "cpu".`,
  );
}
