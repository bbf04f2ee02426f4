import type { PatchTokens } from "../backbone/patch-tokens";
import type { MemoryBank } from "./memory-bank";
import type { Matcher, Matches, SearchMethod } from "./search";
import { gatherRows } from "./search/vectors";
import { subspaceDistances } from "./subspace";
import { applyWhitening, fitWhitening } from "./whitening";
import { worstCount } from "./worst";

export interface MatchWishes {
  /** uint8 [patches]: 1 for those that count. The others get the distance 0 and the row -1, and cost no time. */
  look?: Uint8Array | undefined;
  /** A reference whose patches are left out, for its leave-one-out score. */
  without?: number | undefined;
}

/** A bank in memory with its index, whitened where it is to be. */
export interface ReadyBank {
  readonly bank: MemoryBank;
  /** How distances are found: to the nearest patches, or to the subspace. */
  readonly search: SearchMethod | "subspace";
  /** Distances of an image's raw tokens to the bank; all NaN where nothing but the reference left out is in it. */
  match(tokens: PatchTokens, wishes?: MatchWishes): Promise<Matches>;
}

/** The one way from a bank to one that frames can be scored with. */
export async function makeReady(bank: MemoryBank, matcher: Matcher): Promise<ReadyBank> {
  return bank.metadata.settings.scorer === "subspace" ? ofSubspace(bank, matcher) : ofNeighbours(bank, matcher);
}

function ofSubspace(bank: MemoryBank, { products }: Matcher): ReadyBank {
  const distances = subspaceDistances(bank, products);
  return {
    bank,
    search: "subspace",
    match(tokens, { look, without } = {}) {
      const skip = without === undefined ? undefined : rowsOf(bank, without);
      return onlyWhere(look, tokens, async (queries) => {
        const found = await distances(queries, skip);
        return { distances: found, nearest: new Int32Array(found.length).fill(-1) };
      });
    },
  };
}

async function ofNeighbours(bank: MemoryBank, matcher: Matcher): Promise<ReadyBank> {
  const { features, whitening, metadata } = bank;
  const { metric, neighbours, search } = metadata.settings;
  const { dimension } = metadata.backbone;
  const whiten = (values: Float32Array) => (whitening ? applyWhitening(values, whitening) : values);
  const index = await matcher.index(whiten(features), dimension, metric, neighbours, search);
  return {
    bank,
    search: index.method,
    async match(tokens, { look, without } = {}) {
      const skip = without === undefined ? undefined : rowsOf(bank, without);
      // Whitening that has seen the reference left out would flatter it.
      if (whitening && skip)
        return (await makeReady(withoutRows(bank, skip, index.method), matcher)).match(tokens, { look });
      const worst = worstCount(tokens.rows * tokens.cols);
      return onlyWhere(look, tokens, (queries) => index.search(whiten(queries), { skip, worst }));
    },
  };
}

/** The rows [from, to) of a reference: they lie together. Absent where it has none. */
function rowsOf({ reference }: MemoryBank, wanted: number): readonly [number, number] | undefined {
  const from = reference.indexOf(wanted);
  return from === -1 ? undefined : [from, reference.lastIndexOf(wanted) + 1];
}

/** @param search however many rows are left, they are searched as all were */
function withoutRows(bank: MemoryBank, [from, to]: readonly [number, number], search: SearchMethod): MemoryBank {
  const { metadata } = bank;
  const { dimension } = metadata.backbone;
  const cut = (values: Float32Array, width: number) => {
    const out = new Float32Array(values.length - (to - from) * width);
    out.set(values.subarray(0, from * width));
    out.set(values.subarray(to * width), from * width);
    return out;
  };
  const features = cut(bank.features, dimension);
  return {
    ...bank,
    metadata: { ...metadata, settings: { ...metadata.settings, search } },
    features,
    positions: cut(bank.positions, 2),
    reference: bank.reference.filter((_, row) => row < from || row >= to),
    whitening: fitWhitening([features], dimension),
  };
}

/** Searches for the patches looked at alone, and puts the answers back in their places. */
async function onlyWhere(
  look: Uint8Array | undefined,
  { data, dimension }: PatchTokens,
  search: (queries: Float32Array) => Promise<Matches>,
): Promise<Matches> {
  if (!look) return search(data);
  const looked = [...look.keys()].filter((patch) => look[patch]);
  const found = looked.length > 0 ? await search(gatherRows(data, dimension, looked)) : undefined;
  const distances = new Float32Array(look.length);
  const nearest = new Int32Array(look.length).fill(-1);
  for (const [i, patch] of looked.entries()) {
    distances[patch] = found!.distances[i]!;
    nearest[patch] = found!.nearest[i]!;
  }
  return { distances, nearest };
}
