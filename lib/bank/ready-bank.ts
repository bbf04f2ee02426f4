import type { PatchTokens } from "../backbone/patch-tokens";
import type { Shift } from "../image/shift";
import type { MemoryBank, UncalibratedBank } from "./memory-bank";
import { type MissingSearch, missingSearch } from "./missing";
import { Placement, patchPlaces } from "./placement";
import type { DistanceMethod, Indexer, Matches } from "./search";
import { gatherRows, keptRows } from "./search/vectors";
import { type SearchWindow, windowedIndex } from "./search/windowed";
import { subspaceDistances } from "./subspace/subspace";
import { applyWhitening, whitenInPieces } from "./whitening";
import { worstCount } from "./worst";

export interface MatchOptions {
  /** uint8 [patches]: 1 for those that count. The others get the distance 0 and the row -1, and cost no time. */
  look?: Uint8Array | undefined;
  /** How far the frame is moved against the references (`Placement`). */
  shift?: Shift | undefined;
  /** Bank rows [from, to) to leave out; of a subspace, which has none, `leave-one-out.ts` makes another one. */
  skip?: readonly [number, number] | undefined;
}

/** A bank in memory with its index, whitened where it is to be, and without the features that this was made of. */
export interface ReadyBank<B extends UncalibratedBank = MemoryBank> {
  readonly bank: Omit<B, "features">;
  /** What it takes in memory: its index, places and pictures. */
  readonly bytes: number;
  /** How distances are found: to the nearest patches, or to the subspace. */
  readonly search: DistanceMethod;
  /** Of parts that always lie the same way: what a frame's own shift is measured by. */
  readonly placement?: Placement;
  /** Where missing parts can be told (`BankMetadata.missing`). */
  readonly missing?: MissingSearch;
  /** Distances of an image's raw tokens to the bank; all NaN where what is left out is all there is. */
  match(tokens: PatchTokens, options?: MatchOptions): Promise<FrameMatches>;
}

export interface FrameMatches extends Matches {
  /** Where the search tells it besides; see `WindowedMatches`. */
  rowDistances?: Float32Array | undefined;
}

const UNMOVED: Shift = { x: 0, y: 0 };

/** The one way from a bank to one that frames can be scored with. */
export async function makeReady<B extends UncalibratedBank>(bank: B, indexer: Indexer): Promise<ReadyBank<B>> {
  const { features: _, ...kept } = bank;
  return { bank: kept, ...(await indexed(bank, indexer)) };
}

type Indexed = Omit<ReadyBank, "bank">;

/** What it returns must not hold on to the features: a large bank would be in memory twice. */
async function indexed(bank: UncalibratedBank, indexer: Indexer): Promise<Indexed> {
  const { settings, place } = bank.metadata;
  if (settings.scorer === "subspace") return ofSubspace(bank, indexer);
  const ready = await (place?.window ? ofPlaces(bank, place.window, indexer) : ofNeighbours(bank, indexer));
  if (!bank.metadata.missing) return ready;
  const missing = missingSearch(bank, indexer.products);
  return { ...ready, missing, bytes: ready.bytes + missing.bytes };
}

async function ofSubspace(bank: UncalibratedBank, { products }: Indexer): Promise<Indexed> {
  const distances = await subspaceDistances(bank, products);
  return {
    bytes: bytesBeside(bank) + bank.features.byteLength,
    search: "subspace",
    match: (tokens, { look } = {}) =>
      onlyWhere(look, tokens, async (queries) => {
        const found = await distances(queries);
        return { distances: found, nearest: new Int32Array(found.length).fill(-1) };
      }),
  };
}

async function ofPlaces(bank: UncalibratedBank, window: SearchWindow, { products }: Indexer): Promise<Indexed> {
  const { features, whitening, metadata, reference } = bank;
  const { metric, neighbours } = metadata.settings;
  const { dimension } = metadata.backbone;
  const whitened = whitening ? await whitenInPieces(features, whitening, products.inTurn) : features;
  const placement = new Placement(bank.thumbnails);
  // Where each patch lies in the first reference.
  const places = bank.positions.map((share, i) => {
    const { x, y } = placement.offsets[reference[i >> 1]!] ?? UNMOVED;
    return share - (i % 2 === 0 ? x : y);
  });
  const index = windowedIndex(products, whitened, places, dimension, metric, neighbours, window);
  const looked = (tokens: PatchTokens, shift: Shift, look: Uint8Array | undefined) => {
    const all = patchPlaces(tokens.rows, tokens.cols, shift);
    return look ? gatherRows(all, 2, keptRows(look)) : all;
  };
  return {
    bytes: bytesBeside(bank) + index.bytes,
    search: "windowed",
    placement,
    async match(tokens, { look, shift = UNMOVED, skip } = {}) {
      const at = looked(tokens, shift, look);
      // Fitted with the reference left out in it: among its few neighbours that flatters it little.
      return onlyWhere(look, tokens, (queries) => {
        const prepared = whitening ? applyWhitening(queries, whitening) : queries;
        return index.search(prepared, at, skip);
      });
    },
  };
}

async function ofNeighbours(bank: UncalibratedBank, indexer: Indexer): Promise<Indexed> {
  const { features, whitening, metadata } = bank;
  const { metric, neighbours, search } = metadata.settings;
  const { dimension } = metadata.backbone;
  const whiten = (values: Float32Array) => (whitening ? applyWhitening(values, whitening) : values);
  const { inTurn } = indexer.products;
  const whitened = whitening ? await whitenInPieces(features, whitening, inTurn) : features;
  const index = await indexer.index(whitened, dimension, metric, neighbours, search);
  return {
    // Clusters hold their rows in half precision.
    bytes: bytesBeside(bank) + features.byteLength / (index.method === "exact" ? 1 : 2),
    search: index.method,
    match(tokens, { look, skip } = {}) {
      const worst = worstCount(tokens.rows * tokens.cols, metadata.counted);
      return onlyWhere(look, tokens, (queries) => index.search(whiten(queries), { skip, worst }));
    },
  };
}

function bytesBeside({ positions, reference, thumbnails, subspace }: UncalibratedBank): number {
  const pictures = thumbnails.reduce((sum, { data }) => sum + data.byteLength, 0);
  return positions.byteLength + reference.byteLength + pictures + (subspace?.components.byteLength ?? 0);
}

/** Searches for the patches looked at alone, and puts the answers back in their places. */
async function onlyWhere(
  look: Uint8Array | undefined,
  { data, dimension }: PatchTokens,
  search: (queries: Float32Array) => Promise<FrameMatches>,
): Promise<FrameMatches> {
  if (!look) return search(data);
  const looked = keptRows(look);
  const found = looked.length > 0 ? await search(gatherRows(data, dimension, looked)) : undefined;
  const distances = new Float32Array(look.length);
  const nearest = new Int32Array(look.length).fill(-1);
  for (const [i, patch] of looked.entries()) {
    distances[patch] = found!.distances[i]!;
    nearest[patch] = found!.nearest[i]!;
  }
  return { distances, nearest, rowDistances: found?.rowDistances };
}
