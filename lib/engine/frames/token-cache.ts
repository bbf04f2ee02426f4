import type { PatchTokens } from "../../backbone/patch-tokens";

/** What is kept of an image: its size in pixels and its tokens. */
export interface CachedImage {
  width: number;
  height: number;
  /** See `RgbImage`. */
  pages?: number | undefined;
  tokens: PatchTokens;
}

/** Bytes of tokens: some 340 images of a ViT-S/14 at 448 px. */
const BUDGET = 512 * 1024 * 1024;

/**
 * Tokens of images that will be asked for again: an evaluation scores the same images against many banks, and the
 * backbone is what takes its time. Who asks gives a name to what belongs together; another name drops it all. What no
 * longer fits is not kept: dropping the oldest instead would leave nothing for a reader that goes round and round.
 */
export class TokenCache {
  private name = "";
  private bytes = 0;
  private readonly images = new Map<string, CachedImage>();

  constructor(private readonly budget = BUDGET) {}

  get(name: string, key: string): CachedImage | undefined {
    return name === this.name ? this.images.get(key) : undefined;
  }

  put(name: string, key: string, { width, height, pages, tokens }: CachedImage): void {
    if (name !== this.name) {
      this.images.clear();
      this.bytes = 0;
      this.name = name;
    }
    const { byteLength } = tokens.data;
    if (this.bytes + byteLength > this.budget || this.images.has(key)) return;
    this.bytes += byteLength;
    this.images.set(key, { width, height, pages, tokens });
  }
}
