import type { PatchTokens } from "../backbone/patch-tokens";
import { Lack } from "./lack";
import type { UncalibratedBank } from "./memory-bank";
import type { MatrixProducts } from "./search/matrix-products";
import { gatherRows, normaliseRows, penalties, squaredNorms } from "./search/vectors";
import { applyWhitening } from "./whitening";

/** Bank rows a matrix product: bounds the similarity matrix without costing speed. */
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
 */
export function missingSearch({ features, ...bank }: UncalibratedBank, products: MatrixProducts): MissingSearch {
  const { metadata, whitening } = bank;
  const { dimension } = metadata.backbone;
  const isCosine = metadata.settings.metric === "cosine";
  const prepare = (values: Float32Array) => {
    const white = whitening ? applyWhitening(values, whitening) : values;
    return isCosine ? normaliseRows(white, dimension) : white;
  };
  const patches = prepare(features);
  const references = rowsOfReferences(bank.reference, metadata.references);
  return {
    bytes: patches.byteLength,
    async score(tokens, { look, without, hidden, atMost } = {}) {
      const seen = hidden ? rowsBut(tokens, hidden) : tokens.data;
      if (seen.length === 0) return undefined;
      const isAsked = look && askedWhere(look, tokens, bank.positions);
      const asked = references
        .filter(({ reference }) => reference !== without)
        .map(({ reference, from, to }) => new Lack(reference, rowsIn(from, to, isAsked), metadata.counted, atMost))
        .filter(({ rows }) => rows.length > 0);
      const frame = prepare(seen);
      const penalty = isCosine ? new Float32Array(frame.length / dimension) : penalties(frame, dimension);
      const first = asked.map((lack) => lack.first());
      const distances = await distancesOf(first.flat(), frame, penalty);
      let from = 0;
      for (const [i, rows] of first.entries()) {
        asked[i]!.add(rows, distances.subarray(from, from + rows.length));
        from += rows.length;
      }
      // What a reference lacks only grows as more of its rows are searched for: the least that is known whole is the least.
      for (;;) {
        const least = asked.reduce<Lack | undefined>((a, b) => (a && a.score <= b.score ? a : b), undefined);
        const more = least?.more();
        if (!more) return least && { score: least.score, reference: least.reference, row: least.row };
        least!.add(more, await distancesOf(more, frame, penalty));
      }
    },
  };

  /** @param frame float32 [patches, dimension], prepared. @returns float32 [rows], to the nearest patch */
  async function distancesOf(rows: readonly number[], frame: Float32Array, penalty: Float32Array) {
    const found = new Float32Array(rows.length);
    for (let from = 0; from < rows.length; from += CHUNK) {
      const part = rowsOf(patches, dimension, rows.slice(from, from + CHUNK));
      const largest = await products.largest(part, frame, penalty, dimension);
      const norms = isCosine ? undefined : squaredNorms(part, dimension);
      for (let i = 0; i < largest.length; i++)
        found[from + i] = norms ? Math.sqrt(Math.max(0, norms[i]! - 2 * largest[i]!)) : Math.max(0, 1 - largest[i]!);
    }
    return found;
  }
}

function rowsBut({ data, dimension }: PatchTokens, hidden: ReadonlySet<number>): Float32Array {
  const kept = [...Array(data.length / dimension).keys()].filter((patch) => !hidden.has(patch));
  return gatherRows(data, dimension, kept);
}

/** The rows [from, to) of every reference that has any: they lie together. */
function rowsOfReferences(owners: Int32Array, references: number) {
  const found: { reference: number; from: number; to: number }[] = [];
  for (const [row, reference] of owners.entries()) {
    if (reference >= references) break;
    const last = found.at(-1);
    if (last?.reference === reference) last.to = row + 1;
    else found.push({ reference, from: row, to: row + 1 });
  }
  return found;
}

/** Tells of each row whether the frame is looked at in its place. */
function askedWhere(look: Uint8Array, { rows, cols }: PatchTokens, positions: Float32Array): (row: number) => boolean {
  const cell = (share: number, of: number) => Math.min(of - 1, Math.max(0, Math.floor(share * of)));
  return (row) => look[cell(positions[2 * row + 1]!, rows) * cols + cell(positions[2 * row]!, cols)] !== 0;
}

/** Ascending rows; without a copy where they lie together. */
function rowsOf(patches: Float32Array, dimension: number, rows: readonly number[]): Float32Array {
  const [first = 0, last = -1] = [rows[0], rows.at(-1)];
  if (last - first + 1 !== rows.length) return gatherRows(patches, dimension, rows);
  return patches.subarray(first * dimension, (last + 1) * dimension);
}

function rowsIn(from: number, to: number, isAsked: ((row: number) => boolean) | undefined): number[] {
  const rows = Array.from({ length: to - from }, (_, i) => from + i);
  return isAsked ? rows.filter(isAsked) : rows;
}
