import type { PatchTokens } from "../backbone/patch-tokens";
import type { Shift } from "../image/shift";
import type { MemoryBank, UncalibratedBank } from "./memory-bank";
import { type MissingScore, type MissingSearch, missingSearch } from "./missing";
import { Placement, patchPlaces } from "./placement";
import { comparable, preparation } from "./preparation";
import type { DistanceMethod, Indexer, Matches } from "./search";
import { gatherRows, keptRows } from "./search/vectors";
import { type SearchWindow, type WindowedMatches, windowedIndex } from "./search/windowed";
import { subspaceDistances } from "./subspace/subspace";
import { whitenInPieces } from "./whitening";
import { worstCount } from "./worst";

export interface MatchOptions {
  /** uint8 [patches]: 1 for those that count. The others get the distance 0 and the row -1. */
  look?: Uint8Array | undefined;
  /** How far the frame is moved against the references (`Placement`). */
  shift?: Shift | undefined;
  /** Bank rows [from, to) to leave out; of a subspace, which has none, `leave-one-out.ts` makes another one. */
  skip?: readonly [number, number] | undefined;
  /** Asks what the frame lacks of all references, too, and where (`MissingOptions.look`); not together with `skip`. */
  lack?: { look: Uint8Array | undefined } | undefined;
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
  /** Distances of an image's raw tokens to the bank; all NaN where what is left out is all there is. */
  match(tokens: PatchTokens, options?: MatchOptions): Promise<FrameMatches>;
}

export interface FrameMatches extends Pick<Matches, "distances" | "nearest"> {
  /** Where it was asked for and can be told (`BankMetadata.missing`). */
  missing?: MissingScore | undefined;
}

const UNMOVED: Shift = { x: 0, y: 0 };

/** The one way from a bank to one that frames can be scored with. */
export async function makeReady<B extends UncalibratedBank>(bank: B, indexer: Indexer): Promise<ReadyBank<B>> {
  const { features: _, ...kept } = bank;
  const finder = await finderOf(bank, indexer);
  const { bytes, search, placement } = finder;
  return { bank: kept, bytes, search, ...(placement && { placement }), match: matchBy(finder) };
}

/** One way of finding distances. What makes it must not hold on to the features: a large bank would be in memory twice. */
interface Finder extends Pick<ReadyBank, "bytes" | "search" | "placement"> {
  prepare(values: Float32Array): Float32Array;
  /** @param queries float32 [count, dimension], prepared */
  find(queries: Float32Array, options: FindOptions): Promise<WindowedMatches>;
  missing?: MissingSearch | undefined;
}

interface FindOptions extends Pick<MatchOptions, "skip"> {
  /** The grid that the queries are from. */
  grid: Pick<PatchTokens, "rows" | "cols">;
  /** Which of its patches they are; absent: all. */
  patches: readonly number[] | undefined;
  shift: Shift;
  /** As `SearchOptions` has it. */
  reverse: boolean;
}

function finderOf(bank: UncalibratedBank, indexer: Indexer): Promise<Finder> {
  const { settings, place } = bank.metadata;
  if (settings.scorer === "subspace") return ofSubspace(bank, indexer);
  return place?.window ? ofPlaces(bank, place.window, indexer) : ofNeighbours(bank, indexer);
}

async function ofSubspace(bank: UncalibratedBank, { products }: Indexer): Promise<Finder> {
  const distances = await subspaceDistances(bank, products);
  return {
    bytes: bytesBeside(bank) + bank.features.byteLength,
    search: "subspace",
    prepare: (values) => values,
    async find(queries) {
      const found = await distances(queries);
      return { distances: found, nearest: new Int32Array(found.length).fill(-1) };
    },
  };
}

async function ofPlaces(bank: UncalibratedBank, window: SearchWindow, { products }: Indexer): Promise<Finder> {
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
  const missing = metadata.missing && missingSearch(bank, products, comparable(metadata, whitened));
  return {
    bytes: bytesBeside(bank) + index.bytes + (missing?.bytes ?? 0),
    search: "windowed",
    placement,
    missing,
    // Fitted with the reference left out in it: among its few neighbours that flatters it little.
    prepare: preparation(bank),
    find(queries, { grid, patches, shift, skip, reverse }) {
      const all = patchPlaces(grid.rows, grid.cols, shift);
      return index.search(queries, patches ? gatherRows(all, 2, patches) : all, { skip, reverse, isUnit: true });
    },
  };
}

async function ofNeighbours(bank: UncalibratedBank, indexer: Indexer): Promise<Finder> {
  const { features, whitening, metadata } = bank;
  const { metric, neighbours, search } = metadata.settings;
  const { dimension } = metadata.backbone;
  const { products } = indexer;
  const whitened = whitening ? await whitenInPieces(features, whitening, products.inTurn) : features;
  const index = await indexer.index(whitened, dimension, metric, neighbours, search);
  const missing = metadata.missing && missingSearch(bank, products, index.compared ?? comparable(metadata, whitened));
  return {
    // Clusters hold their rows in half precision, and missing parts are searched for in the rows that exact search holds.
    bytes: bytesBeside(bank) + (index.compared?.byteLength ?? features.byteLength / 2 + (missing?.bytes ?? 0)),
    search: index.method,
    missing,
    prepare: preparation(bank),
    find(queries, { grid, skip, reverse }) {
      const worst = worstCount(grid.rows * grid.cols, metadata.counted, metadata.share);
      return index.search(queries, { skip, worst, reverse, isUnit: true });
    },
  };
}

function bytesBeside({ positions, reference, thumbnails, subspace }: UncalibratedBank): number {
  const pictures = thumbnails.reduce((sum, { data }) => sum + data.byteLength, 0);
  return positions.byteLength + reference.byteLength + pictures + (subspace?.components.byteLength ?? 0);
}

/** Searches for the patches looked at alone, or for all where that answers what the frame lacks as well. */
function matchBy({ search, prepare, find, missing }: Finder): ReadyBank["match"] {
  return async (tokens, { look, shift = UNMOVED, skip, lack } = {}) => {
    const { data, dimension } = tokens;
    const total = tokens.rows * tokens.cols;
    const looked = look && keptRows(look);
    const asked = missing && lack ? { missing, look: lack.look } : undefined;
    // Of less than half of the frame, two products of parts of it are less than one of all.
    const isSmall = asked?.look !== undefined && 2 * keptRows(asked.look).length < total;
    const isShared = asked !== undefined && search === "exact" && !isSmall;
    const patches = isShared ? undefined : looked;
    const pick = (values: Float32Array) => (patches ? gatherRows(values, dimension, patches) : values);
    // What the frame lacks is searched for in all of it, which is prepared once.
    const prepared = asked && prepare(data);
    const queries = prepared ? pick(prepared) : prepare(pick(data));
    const reverse = isShared || (asked !== undefined && search === "windowed");
    const found = queries.length > 0 ? await find(queries, { grid: tokens, patches, shift, skip, reverse }) : NOTHING;
    const known = { prepared, distances: found.rowDistances, atMost: found.atMost };
    return {
      ...(looked ? putBack(found, looked, total, isShared) : found),
      missing: await asked?.missing.score(tokens, { look: asked.look, ...known }),
    };
  };
}

const NOTHING: WindowedMatches = { distances: new Float32Array(0), nearest: new Int32Array(0) };

/** @param isOfAll whether all of the `total` patches were searched for, and not those looked at alone */
function putBack(found: Matches, looked: readonly number[], total: number, isOfAll: boolean): Matches {
  const distances = new Float32Array(total);
  const nearest = new Int32Array(total).fill(-1);
  for (const [i, patch] of looked.entries()) {
    const from = isOfAll ? patch : i;
    distances[patch] = found.distances[from]!;
    nearest[patch] = found.nearest[from]!;
  }
  return { distances, nearest };
}
