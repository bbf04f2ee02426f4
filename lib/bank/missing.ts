import type { PatchTokens } from "../backbone/patch-tokens";
import type { UncalibratedBank } from "./memory-bank";
import type { MatrixProducts } from "./search/matrix-products";
import { gatherRows, normaliseRows, penalties, squaredNorms } from "./search/vectors";
import { applyWhitening } from "./whitening";
import { worstMean } from "./worst";

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
    async score(tokens, { look, without, hidden } = {}) {
      const seen = hidden ? rowsBut(tokens, hidden) : tokens.data;
      if (seen.length === 0) return undefined;
      const distances = await distancesTo(prepare(seen));
      let best: MissingScore | undefined;
      const isAsked = look && askedWhere(look, tokens, bank.positions);
      for (const { reference, from, to } of references) {
        if (reference === without) continue;
        const own = distances.subarray(from, to);
        const asked = isAsked ? own.filter((_, i) => isAsked(from + i)) : own;
        if (asked.length === 0) continue;
        const score = worstMean(asked, metadata.counted);
        if (best === undefined || score < best.score)
          best = { score, reference, row: from + own.indexOf(largestOf(asked)) };
      }
      return best;
    },
  };

  /** @param frame float32 [patches, dimension], prepared. @returns float32 [bank rows] */
  async function distancesTo(frame: Float32Array): Promise<Float32Array> {
    const count = patches.length / dimension;
    const found = new Float32Array(count);
    const penalty = isCosine ? new Float32Array(frame.length / dimension) : penalties(frame, dimension);
    for (let from = 0; from < count; from += CHUNK) {
      const part = patches.subarray(from * dimension, Math.min(count, from + CHUNK) * dimension);
      const largest = await products.largest(part, frame, penalty, dimension);
      const norms = isCosine ? undefined : squaredNorms(part, dimension);
      for (const [i, value] of largest.entries())
        found[from + i] = norms ? Math.sqrt(Math.max(0, norms[i]! - 2 * value)) : Math.max(0, 1 - value);
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

const largestOf = (values: Float32Array) => values.reduce((largest, value) => Math.max(largest, value), 0);
