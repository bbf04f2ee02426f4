import type { PatchTokens } from "../backbone/patch-tokens";
import { Lack } from "./lack";
import type { UncalibratedBank } from "./memory-bank";
import { preparation } from "./preparation";
import { compareAll } from "./search/exact";
import type { MatrixProducts } from "./search/matrix-products";
import { gatherRows, penalties } from "./search/vectors";

/** Rows that are copied at a time where they do not lie together. */
const CHUNK = 4096;

/** What the reference that a frame resembles most shows and the frame does not. */
export interface MissingScore {
  /** Mean of the worst 1 % of the distances of its patches to the nearest patch of the frame. */
  score: number;
  /** From 0; accepted frames are no references: parts of them alone are in the bank. */
  reference: number;
  /** Row of the bank whose patch is farthest from all of the frame's. */
  row: number;
}

export interface MissingOptions {
  /** uint8 [patches]: 0 where the frame is not to be looked at; nothing is missed there. */
  look?: Uint8Array | undefined;
  /** A reference that is not asked, for its leave-one-out score. */
  without?: number | undefined;
  /** Patches of the frame that are taken away, to see whether that is noticed. */
  hidden?: ReadonlySet<number> | undefined;
  /** The frame's tokens as `preparation` makes them, where they are at hand. */
  prepared?: Float32Array | undefined;
  /** Of every row of the bank the distance to the nearest patch (`Matches`): nothing has to be searched for then. */
  distances?: Float32Array | undefined;
  /**
   * Of every row of the bank the distance to some patch of the frame, not farther than which the nearest one is: float32
   * [rows], infinite where nothing is known (`WindowedMatches`). Few rows have to be searched for then, for the same score.
   */
  atMost?: Float32Array | undefined;
}

/** The bank's patches made ready to be searched for in frames. */
export interface MissingSearch {
  readonly bytes: number;
  /** @returns undefined where no reference has a patch that is asked for */
  score(tokens: PatchTokens, options?: MissingOptions): Promise<MissingScore | undefined>;
}

/**
 * The reverse of what AnomalyDINO asks: is everything there that a reference shows? Each reference's patches are searched
 * in the frame, and the reference that explains it best counts. A frame on which a part is missing has no patch that
 * would be unusual where the background behind it is not; here it lacks one.
 * @param patches the bank's features as `preparation` makes them, where they are at hand
 */
export function missingSearch(
  { features, ...bank }: UncalibratedBank,
  products: MatrixProducts,
  patches = preparation(bank)(features),
): MissingSearch {
  const { metadata } = bank;
  const { dimension } = metadata.backbone;
  const isCosine = metadata.settings.metric === "cosine";
  const prepare = preparation(bank);
  const references = rowsOfReferences(bank.reference, metadata.references);
  return {
    bytes: patches.byteLength,
    async score(tokens, { look, without, hidden, prepared, distances, atMost } = {}) {
      const seen = hidden ? rowsBut(tokens, hidden) : tokens.data;
      if (seen.length === 0) return undefined;
      const isAsked = look && askedWhere(look, tokens, bank.positions);
      const asked = references
        .filter(({ reference }) => reference !== without)
        .map(({ reference, rows }) => {
          return new Lack(reference, isAsked ? rows.filter(isAsked) : rows, metadata.counted, atMost);
        })
        .filter(({ rows }) => rows.length > 0);
      const frame = distances ? undefined : (prepared ?? prepare(seen));
      const distancesOf = (rows: Int32Array) => (frame ? searched(rows, frame) : valuesOf(rows, distances!));
      const first = asked.map((lack) => lack.first());
      const found = await distancesOf(joined(first));
      let from = 0;
      for (const [i, rows] of first.entries()) {
        asked[i]!.add(rows, found.subarray(from, from + rows.length));
        from += rows.length;
      }
      // What a reference lacks only grows as more of its rows are searched for: the least that is known whole is the least.
      for (;;) {
        const least = asked.reduce<Lack | undefined>((a, b) => (a && a.score <= b.score ? a : b), undefined);
        const more = least?.more();
        if (!more) return least && { score: least.score, reference: least.reference, row: least.row };
        least!.add(more, await distancesOf(more));
      }
    },
  };

  /** @param frame float32 [patches, dimension], prepared. @returns float32 [rows], to the nearest patch */
  async function searched(rows: Int32Array, frame: Float32Array): Promise<Float32Array> {
    const found = new Float32Array(rows.length);
    for (let from = 0; from < rows.length; from += CHUNK) {
      const part = rowsOf(patches, dimension, rows.subarray(from, from + CHUNK));
      const penalty = isCosine ? undefined : penalties(part, dimension);
      const { rowDistances } = await compareAll(products, frame, part, dimension, 1, { penalty, reverse: true });
      found.set(rowDistances!, from);
    }
    return found;
  }
}

function rowsBut({ data, dimension }: PatchTokens, hidden: ReadonlySet<number>): Float32Array {
  const kept = [...Array(data.length / dimension).keys()].filter((patch) => !hidden.has(patch));
  return gatherRows(data, dimension, kept);
}

/** The rows of every reference that has any, ascending. */
function rowsOfReferences(owners: Int32Array, references: number) {
  const rows = Int32Array.from(owners.keys());
  return Array.from({ length: references }, (_, reference) => ({
    reference,
    rows: rows.subarray(owners.indexOf(reference), owners.lastIndexOf(reference) + 1),
  }));
}

function valuesOf(rows: Int32Array, values: Float32Array): Float32Array {
  const found = new Float32Array(rows.length);
  for (let i = 0; i < rows.length; i++) found[i] = values[rows[i]!]!;
  return found;
}

function joined(parts: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Tells of each row whether the frame is looked at in its place. */
function askedWhere(look: Uint8Array, { rows, cols }: PatchTokens, positions: Float32Array): (row: number) => boolean {
  const cell = (share: number, of: number) => Math.min(of - 1, Math.max(0, Math.floor(share * of)));
  return (row) => look[cell(positions[2 * row + 1]!, rows) * cols + cell(positions[2 * row]!, cols)] !== 0;
}

/** Ascending rows; without a copy where they lie together. */
function rowsOf(patches: Float32Array, dimension: number, rows: Int32Array): Float32Array {
  const [first = 0, last = -1] = [rows[0], rows.at(-1)];
  if (last - first + 1 !== rows.length) return gatherRows(patches, dimension, rows);
  return patches.subarray(first * dimension, (last + 1) * dimension);
}
