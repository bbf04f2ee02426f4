import type { PatchTokens } from "../../backbone/patch-tokens";
import type { MemoryBank, Subspace } from "../memory-bank";
import type { Products } from "../search/products";
import { addMoments, type TokenMoments } from "../whitening";
import { symmetricEigen } from "./symmetric-eigen";

/** Share of the variance that the components explain (SubspaceAD, section 3). */
const VARIANCE = 0.99;
/** Tokens multiplied at a time. */
const CHUNK = 8192;

/** @param tokens float32 row-major [count, dimension] */
export async function tokenMoments(products: Products, tokens: Float32Array, dimension: number): Promise<TokenMoments> {
  const parts: TokenMoments[] = [
    { count: 0, sum: new Float64Array(dimension), outer: new Float64Array(dimension ** 2) },
  ];
  for (let from = 0; from < tokens.length; from += CHUNK * dimension) {
    const part = tokens.subarray(from, from + CHUNK * dimension);
    const { sum, outer } = await products.moments(part, dimension);
    const moments = { count: part.length / dimension, sum: Float64Array.from(sum), outer: Float64Array.from(outer) };
    parts.splice(0, 1, addMoments([parts[0]!, moments]));
  }
  return parts[0]!;
}

/**
 * The principal components of good patch tokens up to 99 % of their variance (SubspaceAD, arXiv 2602.23013). A patch is
 * scored by the length of what the components do not explain; see `residuals`.
 */
export function fitSubspace({ count, sum, outer }: TokenMoments): Subspace {
  const dimension = sum.length;
  const mean = sum.map((value) => value / count);
  const covariance = outer.map(
    (product, i) => product / count - mean[Math.floor(i / dimension)]! * mean[i % dimension]!,
  );
  const { values, vectors } = symmetricEigen(covariance, dimension);
  const total = values.reduce((all, value) => all + Math.max(0, value), 0);
  let [kept, explained] = [0, 0];
  // One direction is always left over, or nothing could stand out.
  while (kept < dimension - 1 && explained < VARIANCE * total) explained += Math.max(0, values[kept++]!);
  return { mean: Float32Array.from(mean), components: Float32Array.from(vectors.subarray(0, kept * dimension)) };
}

/**
 * Distances of tokens to a bank's subspace: the length, not squared, of each token's part outside it.
 *
 * Without a reference the subspace is fitted anew to the patches of the others, for which the bank must still have them.
 */
export function subspaceDistances(
  bank: MemoryBank,
  products: Products,
): (tokens: PatchTokens["data"], skip: readonly [number, number] | undefined) => Promise<Float32Array> {
  const { dimension } = bank.metadata.backbone;
  let all: Promise<TokenMoments> | undefined;
  return async (tokens, skip) => {
    let { subspace } = bank;
    if (skip) {
      all ??= tokenMoments(products, bank.features, dimension);
      const own = bank.features.subarray(skip[0] * dimension, skip[1] * dimension);
      subspace = fitSubspace(subtract(await all, await tokenMoments(products, own, dimension)));
    }
    const { mean, components } = subspace!;
    return products.residuals(tokens, mean, components);
  };
}

function subtract(all: TokenMoments, part: TokenMoments): TokenMoments {
  return {
    count: all.count - part.count,
    sum: all.sum.map((value, i) => value - part.sum[i]!),
    outer: all.outer.map((value, i) => value - part.outer[i]!),
  };
}
