import type { PatchTokens } from "../backbone/patch-tokens";
import type { UncalibratedBank } from "./memory-bank";
import type { Thumbnail } from "./placement";

/** Patches of one frame that count as good from now on. */
export interface AcceptedPatches {
  tokens: PatchTokens;
  /** Which of the frame's patches. */
  rows: readonly number[];
  thumbnail: Thumbnail;
  /** Of the frame's bytes. */
  sha256: string;
}

/**
 * The bank with these patches added and nothing else changed: whitening, mask and calibration stay, so no distance grows
 * and the threshold stays where it is. With k neighbours every patch is added k times, or it would count for one of them
 * alone. A subspace, which keeps no other patches, keeps these.
 */
export function withAccepted<B extends UncalibratedBank>(
  bank: B,
  { tokens, rows, thumbnail, sha256 }: AcceptedPatches,
): B {
  const { metadata } = bank;
  const { dimension } = metadata.backbone;
  const { neighbours, scorer } = metadata.settings;
  const added = rows.flatMap((row) => Array<number>(scorer === "subspace" ? 1 : neighbours).fill(row));
  const number = metadata.references + metadata.accepted.length;
  const features = extended(bank.features, added.length * dimension);
  const positions = extended(bank.positions, added.length * 2);
  const reference = new Int32Array(bank.reference.length + added.length).fill(number);
  reference.set(bank.reference);
  for (const [i, row] of added.entries()) {
    const patch = tokens.data.subarray(row * dimension, (row + 1) * dimension);
    features.set(patch, bank.features.length + i * dimension);
    const [x, y] = [((row % tokens.cols) + 0.5) / tokens.cols, (Math.floor(row / tokens.cols) + 0.5) / tokens.rows];
    positions.set([x, y], bank.positions.length + 2 * i);
  }
  return {
    ...bank,
    features,
    positions,
    reference,
    thumbnails: [...bank.thumbnails, thumbnail],
    metadata: { ...metadata, accepted: [...metadata.accepted, { sha256, patches: rows.length }] },
  };
}

function extended(values: Float32Array, more: number): Float32Array {
  const out = new Float32Array(values.length + more);
  out.set(values);
  return out;
}
