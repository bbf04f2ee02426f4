import type { PatchTokens } from "../backbone/patch-tokens";
import type { Shift } from "../image/shift";
import { inPieces } from "../in-pieces";
import type { MemoryBank, Whitening } from "./memory-bank";
import { Placement, patchPlaces } from "./placement";
import type { DistanceMethod, Matcher, Matches, SearchSetting } from "./search";
import { gatherRows } from "./search/vectors";
import { type SearchWindow, windowedIndex } from "./search/windowed";
import { subspaceDistances } from "./subspace/subspace";
import {
  addMoments,
  applyWhitening,
  fitWhitening,
  momentsOf,
  type TokenMoments,
  whitenInPieces,
  whiteningFromMoments,
} from "./whitening";
import { worstCount } from "./worst";

export interface MatchWishes {
  /** uint8 [patches]: 1 for those that count. The others get the distance 0 and the row -1, and cost no time. */
  look?: Uint8Array | undefined;
  /** A reference whose patches are left out, for its leave-one-out score. */
  without?: number | undefined;
  /** How far the frame is moved against the references (`Placement`); a reference left out has its own. */
  shift?: Shift | undefined;
}

/** A bank in memory with its index, whitened where it is to be. */
export interface ReadyBank {
  readonly bank: MemoryBank;
  /** What it takes in memory: its index, places and pictures, without the features it was made of. */
  readonly bytes: number;
  /** How distances are found: to the nearest patches, or to the subspace. */
  readonly search: DistanceMethod;
  /** Of parts that always lie the same way: what a frame's own shift is measured by. */
  readonly placement?: Placement;
  /** Distances of an image's raw tokens to the bank; all NaN where nothing but the reference left out is in it. */
  match(tokens: PatchTokens, wishes?: MatchWishes): Promise<Matches>;
}

const UNMOVED: Shift = { x: 0, y: 0 };

/** Patches searched in their places at a time. */
const QUERIES = 1024;

/** The one way from a bank to one that frames can be scored with. */
export async function makeReady(bank: MemoryBank, matcher: Matcher): Promise<ReadyBank> {
  const { settings, place } = bank.metadata;
  if (settings.scorer === "subspace") return ofSubspace(bank, matcher);
  return place?.window ? ofPlaces(bank, place.window, matcher) : ofNeighbours(bank, matcher);
}

async function ofSubspace(bank: MemoryBank, { products }: Matcher): Promise<ReadyBank> {
  const distances = await subspaceDistances(bank, products);
  return {
    bank,
    bytes: bytesBeside(bank) + bank.features.byteLength,
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

async function ofPlaces(bank: MemoryBank, window: SearchWindow, matcher: Matcher): Promise<ReadyBank> {
  const { features, whitening, metadata, reference } = bank;
  const { metric, neighbours } = metadata.settings;
  const { dimension } = metadata.backbone;
  const { inTurn } = matcher.products;
  const whitened = whitening ? await whitenInPieces(features, whitening, inTurn) : features;
  const placement = new Placement(bank.thumbnails);
  // Where each patch lies in the first reference.
  const places = bank.positions.map((share, i) => {
    const { x, y } = placement.offsets[reference[i >> 1]!] ?? UNMOVED;
    return share - (i % 2 === 0 ? x : y);
  });
  const index = windowedIndex(whitened, places, dimension, metric, neighbours, window);
  const looked = (tokens: PatchTokens, shift: Shift, look: Uint8Array | undefined) => {
    const all = patchPlaces(tokens.rows, tokens.cols, shift);
    return look ? gatherRows(all, 2, onesOf(look)) : all;
  };
  return {
    bank,
    bytes: bytesBeside(bank) + index.bytes,
    search: "windowed",
    placement,
    async match(tokens, { look, without, shift = UNMOVED } = {}) {
      const skip = without === undefined ? undefined : rowsOf(bank, without);
      const own = without === undefined ? shift : (placement.offsets[without] ?? UNMOVED);
      const at = looked(tokens, own, look);
      // Fitted with the reference left out in it: among its few neighbours that flatters it little.
      return onlyWhere(look, tokens, async (queries) => {
        const prepared = whitening ? applyWhitening(queries, whitening) : queries;
        const count = at.length / 2;
        const found = { distances: new Float32Array(count), nearest: new Int32Array(count) };
        // It runs in this very thread, which must answer others meanwhile: large frames have many patches.
        await inPieces(count, QUERIES, (from, to) => {
          const rows = prepared.subarray(from * dimension, to * dimension);
          const { distances, nearest } = index.search(rows, at.subarray(2 * from, 2 * to), skip);
          found.distances.set(distances, from);
          found.nearest.set(nearest, from);
        });
        return found;
      });
    },
  };
}

async function ofNeighbours(bank: MemoryBank, matcher: Matcher): Promise<ReadyBank> {
  const { features, whitening, metadata } = bank;
  const { metric, neighbours, search } = metadata.settings;
  const { dimension } = metadata.backbone;
  const whiten = (values: Float32Array) => (whitening ? applyWhitening(values, whitening) : values);
  const { inTurn } = matcher.products;
  const whitened = whitening ? await whitenInPieces(features, whitening, inTurn) : features;
  const index = await matcher.index(whitened, dimension, metric, neighbours, search);
  let moments: Map<number, TokenMoments> | undefined;
  return {
    bank,
    // Clusters hold their rows in half precision.
    bytes: bytesBeside(bank) + features.byteLength / (index.method === "exact" ? 1 : 2),
    search: index.method,
    async match(tokens, { look, without } = {}) {
      const skip = without === undefined ? undefined : rowsOf(bank, without);
      // Whitening that has seen the reference left out would flatter it.
      if (whitening && skip) {
        moments ??= momentsByReference(bank);
        const rest = [...moments].filter(([reference]) => reference !== without).map(([, part]) => part);
        const fitted = whiteningFromMoments(addMoments(rest));
        const others = await makeReady(withoutRows(bank, skip, index.method, fitted), matcher);
        const { distances, nearest } = await others.match(tokens, { look });
        const [from, to] = skip;
        return { distances, nearest: nearest.map((row) => (row < from ? row : row + to - from)) };
      }
      const worst = worstCount(tokens.rows * tokens.cols, metadata.counted);
      return onlyWhere(look, tokens, (queries) => index.search(whiten(queries), { skip, worst }));
    },
  };
}

function bytesBeside({ positions, reference, thumbnails, subspace }: MemoryBank): number {
  const pictures = thumbnails.reduce((sum, { data }) => sum + data.byteLength, 0);
  return positions.byteLength + reference.byteLength + pictures + (subspace?.components.byteLength ?? 0);
}

/** What leaving any of the references out is made of: adding up the others. */
function momentsByReference(bank: MemoryBank): Map<number, TokenMoments> {
  const { dimension } = bank.metadata.backbone;
  const parts = new Map<number, TokenMoments>();
  for (const reference of new Set(bank.reference)) {
    const [from, to] = rowsOf(bank, reference)!;
    const own = bank.features.subarray(from * dimension, to * dimension);
    parts.set(reference, momentsOf(own, dimension));
  }
  return parts;
}

/** The rows [from, to) of references that follow each other: they lie together. Absent where they have none. */
function rowsOf({ reference }: MemoryBank, first: number, last = first): readonly [number, number] | undefined {
  const wanted = (value: number) => value >= first && value <= last;
  const from = reference.findIndex(wanted);
  return from === -1 ? undefined : [from, reference.findLastIndex(wanted) + 1];
}

/** The bank without the patches of some references that follow each other, and whitened without them. */
export function withoutReferences(bank: MemoryBank, first: number, last: number): MemoryBank {
  const rows = rowsOf(bank, first, last);
  if (!rows) return bank;
  const { metadata, whitening } = bank;
  const rest = withoutRows(bank, rows, metadata.settings.search, whitening);
  if (!whitening) return rest;
  return { ...rest, whitening: fitWhitening(rest.features, metadata.backbone.dimension) };
}

/** @param search however many rows are left, they are searched as all were */
function withoutRows(
  bank: MemoryBank,
  [from, to]: readonly [number, number],
  search: SearchSetting,
  whitening: Whitening | undefined,
): MemoryBank {
  const { metadata } = bank;
  const { dimension } = metadata.backbone;
  const cut = (values: Float32Array, width: number) => {
    const out = new Float32Array(values.length - (to - from) * width);
    out.set(values.subarray(0, from * width));
    out.set(values.subarray(to * width), from * width);
    return out;
  };
  return {
    ...bank,
    metadata: { ...metadata, settings: { ...metadata.settings, search } },
    features: cut(bank.features, dimension),
    positions: cut(bank.positions, 2),
    reference: bank.reference.filter((_, row) => row < from || row >= to),
    whitening,
  };
}

const onesOf = (look: Uint8Array) => [...look.keys()].filter((patch) => look[patch]);

/** Searches for the patches looked at alone, and puts the answers back in their places. */
async function onlyWhere(
  look: Uint8Array | undefined,
  { data, dimension }: PatchTokens,
  search: (queries: Float32Array) => Promise<Matches>,
): Promise<Matches> {
  if (!look) return search(data);
  const looked = onesOf(look);
  const found = looked.length > 0 ? await search(gatherRows(data, dimension, looked)) : undefined;
  const distances = new Float32Array(look.length);
  const nearest = new Int32Array(look.length).fill(-1);
  for (const [i, patch] of looked.entries()) {
    distances[patch] = found!.distances[i]!;
    nearest[patch] = found!.nearest[i]!;
  }
  return { distances, nearest };
}
