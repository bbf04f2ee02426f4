import type { PatchTokens } from "../backbone/patch-tokens";
import type { Indexer, Matches } from "../bank/search";
import { applyWhitening, fitWhitening } from "../bank/whitening";

/** The share of all other images' patches that count as a patch's neighbours (AnomalyDINO, appendix D). */
const NEIGHBOURS = 0.001;

/** Images ready to be compared with one another. */
export interface MutualDistances {
  /** Distances of one image's patches to the patches of all others. */
  of(image: number): Promise<Matches>;
  /** The image and the patch in it that a row of `Matches.nearest` stands for. */
  place(row: number): { image: number; patch: number };
}

/**
 * AnomalyDINO's batched zero-shot comparison (appendix D): a patch's distance is the mean over its nearest 0.1 % among
 * the patches of all other images, one of these less as the authors count, and at least one. A defect is rare and looks
 * like nothing else; what most images have in common is near.
 *
 * Memory is twice that of the tokens: they are copied together once, and once more, normalised, by the index.
 * @param images at least two
 * @param whiten whether the backbone's tokens are to be whitened, by their own statistics
 */
export async function mutualDistances(
  images: readonly PatchTokens[],
  whiten: boolean,
  indexer: Indexer,
): Promise<MutualDistances> {
  const { dimension } = images[0]!;
  const starts = [0];
  for (const { rows, cols } of images) starts.push(starts.at(-1)! + rows * cols);
  const total = starts.at(-1)!;
  let features: Float32Array = new Float32Array(total * dimension);
  for (const [i, { data }] of images.entries()) features.set(data, starts[i]! * dimension);
  if (whiten) features = applyWhitening(features, fitWhitening(features, dimension));
  const others = (total * (images.length - 1)) / images.length;
  const neighbours = Math.max(1, Math.floor(NEIGHBOURS * others) - 1);
  // Exact: what is searched for here is a mean over many neighbours, not the nearest alone.
  const index = await indexer.index(features, dimension, "cosine", neighbours, "exact");
  return {
    async of(image) {
      const [from, to] = [starts[image]!, starts[image + 1]!];
      return index.search(features.subarray(from * dimension, to * dimension), { skip: [from, to] });
    },
    place(row) {
      const image = starts.findIndex((start) => start > row) - 1;
      return { image, patch: row - starts[image]! };
    },
  };
}
