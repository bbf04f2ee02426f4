import type { PatchTokens } from "../backbone/patch-tokens";
import type { UncalibratedBank } from "./memory-bank";
import { makeReady } from "./ready-bank";
import type { Indexer, Matches, SearchSetting } from "./search";
import { subspacesWithout } from "./subspace/subspace";
import {
  addMoments,
  fitWhitening,
  momentsOf,
  type TokenMoments,
  type Whitening,
  whiteningFromMoments,
} from "./whitening";

/** Distances of an image's patches to a bank without one of its references. @param look as `MatchOptions` has it */
export type MatchWithout = (tokens: PatchTokens, look?: Uint8Array) => Promise<Matches>;

/** A bank whose references can be left out one at a time, for which it keeps its features. */
export interface LeaveOneOutBank {
  /**
   * All rotations of the reference are left out with it, and what was fitted to it (whitening, the subspace) is fitted
   * without it: it would be flattered else.
   * @param reference from 0
   * @returns all NaN where the bank has no other patches; rows are those of the whole bank
   */
  without(reference: number): Promise<MatchWithout>;
}

export async function makeLeaveOneOut(bank: UncalibratedBank, indexer: Indexer): Promise<LeaveOneOutBank> {
  const ready = await makeReady(bank, indexer);
  const { settings, place } = bank.metadata;
  const { whitening } = bank;
  if (settings.scorer === "subspace") {
    const refitted = subspacesWithout(bank, indexer.products);
    return {
      async without(reference) {
        const rows = rowsOf(bank, reference);
        const others = rows ? await makeReady(await refitted(rows), indexer) : ready;
        return (tokens, look) => others.match(tokens, { look });
      },
    };
  }
  // In their places patches have few neighbours, whom it flatters little that the reference was there at the fitting.
  if (!whitening || place?.window) {
    return {
      async without(reference) {
        const [skip, shift] = [rowsOf(bank, reference), ready.placement?.offsets[reference]];
        return (tokens, look) => ready.match(tokens, { look, skip, shift });
      },
    };
  }
  let moments: Map<number, TokenMoments> | undefined;
  return {
    async without(reference) {
      const rows = rowsOf(bank, reference);
      if (!rows) return (tokens, look) => ready.match(tokens, { look });
      moments ??= momentsByReference(bank);
      const rest = [...moments].filter(([other]) => other !== reference).map(([, part]) => part);
      // However many rows are left, they are searched as all were.
      const search = ready.search as SearchSetting;
      const others = await makeReady(withoutRows(bank, rows, search, whiteningFromMoments(addMoments(rest))), indexer);
      const [from, to] = rows;
      return async (tokens, look) => {
        const { distances, nearest } = await others.match(tokens, { look });
        return { distances, nearest: nearest.map((row) => (row < from ? row : row + to - from)) };
      };
    },
  };
}

/** The bank without the patches of some references that follow each other, and whitened without them. */
export function withoutReferences(bank: UncalibratedBank, first: number, last: number): UncalibratedBank {
  const rows = rowsOf(bank, first, last);
  if (!rows) return bank;
  const { metadata, whitening } = bank;
  const rest = withoutRows(bank, rows, metadata.settings.search, whitening);
  if (!whitening) return rest;
  return { ...rest, whitening: fitWhitening(rest.features, metadata.backbone.dimension) };
}

/** What leaving any of the references out is made of: adding up the others. */
function momentsByReference(bank: UncalibratedBank): Map<number, TokenMoments> {
  const { dimension } = bank.metadata.backbone;
  const parts = new Map<number, TokenMoments>();
  for (const reference of new Set(bank.reference)) {
    const [from, to] = rowsOf(bank, reference)!;
    parts.set(reference, momentsOf(bank.features.subarray(from * dimension, to * dimension), dimension));
  }
  return parts;
}

/** The rows [from, to) of references that follow each other: they lie together. Absent where they have none. */
function rowsOf({ reference }: UncalibratedBank, first: number, last = first): readonly [number, number] | undefined {
  const wanted = (value: number) => value >= first && value <= last;
  const from = reference.findIndex(wanted);
  return from === -1 ? undefined : [from, reference.findLastIndex(wanted) + 1];
}

function withoutRows(
  bank: UncalibratedBank,
  [from, to]: readonly [number, number],
  search: SearchSetting,
  whitening: Whitening | undefined,
): UncalibratedBank {
  const { metadata } = bank;
  const cut = (values: Float32Array, width: number) => {
    const out = new Float32Array(values.length - (to - from) * width);
    out.set(values.subarray(0, from * width));
    out.set(values.subarray(to * width), from * width);
    return out;
  };
  return {
    ...bank,
    metadata: { ...metadata, settings: { ...metadata.settings, search } },
    features: cut(bank.features, metadata.backbone.dimension),
    positions: cut(bank.positions, 2),
    reference: bank.reference.filter((_, row) => row < from || row >= to),
    whitening,
  };
}
