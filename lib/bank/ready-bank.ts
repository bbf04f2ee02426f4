import type { PatchTokens } from "../backbone/patch-tokens";
import type { MemoryBank } from "./memory-bank";
import type { Matcher, Matches } from "./search";
import { applyWhitening } from "./whitening";

/** A bank in memory with its index, whitened where it is to be. */
export interface ReadyBank {
  readonly bank: MemoryBank;
  /** Distances of an image's raw tokens to the bank. */
  match(tokens: PatchTokens): Promise<Matches>;
}

export function makeReady(bank: MemoryBank, matcher: Matcher): ReadyBank {
  const { features, whitening, metadata } = bank;
  const { metric, neighbours } = metadata.settings;
  const { dimension } = metadata.backbone;
  const whiten = (values: Float32Array) => (whitening ? applyWhitening(values, whitening) : values);
  const index = matcher.index(whiten(features), dimension, metric, neighbours);
  return { bank, match: ({ data }) => index.search(whiten(data)) };
}
