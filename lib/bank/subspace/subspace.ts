import type { PatchTokens } from "../../backbone/patch-tokens";
import type { Subspace, UncalibratedBank } from "../memory-bank";
import type { MatrixProducts } from "../search/matrix-products";
import { squaredNorms } from "../search/vectors";
import { addMoments, type TokenMoments } from "../whitening";
import { symmetricEigen } from "./symmetric-eigen";

/** Share of the variance that the components explain (SubspaceAD, section 3). */
const VARIANCE = 0.99;
/** Tokens multiplied at a time. */
const CHUNK = 8192;

/** @param tokens float32 row-major [count, dimension] */
export async function tokenMoments(
  products: MatrixProducts,
  tokens: Float32Array,
  dimension: number,
): Promise<TokenMoments> {
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
 * Distances of tokens to a bank's subspace: the length, not squared, of each token's part outside it; or to the same
 * subspace laid through an accepted patch, where that is nearer.
 */
export async function subspaceDistances(
  bank: UncalibratedBank,
  products: MatrixProducts,
): Promise<(tokens: PatchTokens["data"]) => Promise<Float32Array>> {
  return withAcceptedPatches(products, bank.subspace!, acceptedApart(bank)[1]);
}

/**
 * The bank with its subspace fitted anew to the patches of all references but those of some rows.
 * @returns for rows [from, to)
 */
export function subspacesWithout(
  bank: UncalibratedBank,
  products: MatrixProducts,
): (rows: readonly [number, number]) => Promise<UncalibratedBank> {
  const { dimension } = bank.metadata.backbone;
  const [references] = acceptedApart(bank);
  let all: Promise<TokenMoments> | undefined;
  return async ([from, to]) => {
    all ??= tokenMoments(products, references, dimension);
    const own = references.subarray(from * dimension, to * dimension);
    return { ...bank, subspace: fitSubspace(subtract(await all, await tokenMoments(products, own, dimension))) };
  };
}

/** Features of the references, where the bank still has them, and of accepted patches, which follow them. */
function acceptedApart({ features, reference, metadata }: UncalibratedBank): [Float32Array, Float32Array] {
  const first = reference.findIndex((value) => value >= metadata.references);
  const at = first === -1 ? features.length : first * metadata.backbone.dimension;
  return [features.subarray(0, at), features.slice(at)];
}

/**
 * What is at fault in an accepted patch is its part outside the subspace, r(a). A token x is as far from it as their
 * parts are from each other: |r(x) - r(a)|^2 = |r(x)|^2 + |r(a)|^2 - 2 (x - mean) r(a), for r(a) is at right angles to
 * the components. So variation along them is as free beside an accepted patch as elsewhere.
 * @param accepted float32 [patches, dimension]
 */
async function withAcceptedPatches(
  products: MatrixProducts,
  { mean, components }: Subspace,
  accepted: Float32Array,
): Promise<(tokens: Float32Array) => Promise<Float32Array>> {
  const dimension = mean.length;
  if (accepted.length === 0) return (tokens) => products.residuals(tokens, mean, components);
  const outside = await partsOutside(products, { mean, components }, accepted);
  const penalty = Float32Array.from(squaredNorms(outside, dimension), (square, row) => {
    let along = 0;
    for (let i = 0; i < dimension; i++) along += mean[i]! * outside[row * dimension + i]!;
    return -square / 2 - along;
  });
  return async (tokens) => {
    const lengths = await products.residuals(tokens, mean, components);
    const largest = await products.largest(tokens, outside, penalty, dimension);
    return lengths.map((length, i) => Math.min(length, Math.sqrt(Math.max(0, length * length - 2 * largest[i]!))));
  };
}

/** @returns float32 [tokens, dimension] */
async function partsOutside(products: MatrixProducts, { mean, components }: Subspace, tokens: Float32Array) {
  const dimension = mean.length;
  const out = tokens.map((value, i) => value - mean[i % dimension]!);
  const kept = components.length / dimension;
  const coordinates = kept > 0 ? await products.project(out, components, dimension) : new Float32Array();
  for (let row = 0; row < out.length / dimension; row++) {
    for (let c = 0; c < kept; c++) {
      const along = coordinates[row * kept + c]!;
      for (let i = 0; i < dimension; i++) out[row * dimension + i]! -= along * components[c * dimension + i]!;
    }
  }
  return out;
}

function subtract(all: TokenMoments, part: TokenMoments): TokenMoments {
  return {
    count: all.count - part.count,
    sum: all.sum.map((value, i) => value - part.sum[i]!),
    outer: all.outer.map((value, i) => value - part.outer[i]!),
  };
}
