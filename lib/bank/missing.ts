import type { PatchTokens } from "../backbone/patch-tokens";
import type { UncalibratedBank } from "./memory-bank";
import type { MatrixProducts } from "./search/matrix-products";
import { gatherRows, normaliseRows, squaredNorms } from "./search/vectors";
import { applyWhitening } from "./whitening";
import { worstCount } from "./worst";

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

export interface MissingWishes {
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
  score(tokens: PatchTokens, wishes?: MissingWishes): Promise<MissingScore | undefined>;
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
  return {
    bytes: patches.byteLength,
    async score(tokens, { look, without, hidden } = {}) {
      const seen = hidden ? rowsBut(tokens, hidden) : tokens.data;
      if (seen.length === 0) return undefined;
      const distances = await distancesTo(prepare(seen));
      let best: MissingScore | undefined;
      for (const [reference, rows] of rowsByReference(bank, tokens, look)) {
        if (reference === without || reference >= metadata.references) continue;
        const found = worstOf(rows, distances, metadata.counted);
        if (best === undefined || found.score < best.score) best = { ...found, reference };
      }
      return best;
    },
  };

  /** @param frame float32 [patches, dimension], prepared. @returns float32 [bank rows] */
  async function distancesTo(frame: Float32Array): Promise<Float32Array> {
    const count = patches.length / dimension;
    const found = new Float32Array(count);
    // The largest similarity is the smallest distance: see `MatrixProducts.nearest`.
    const penalty = isCosine
      ? new Float32Array(frame.length / dimension)
      : squaredNorms(frame, dimension).map((norm) => -norm / 2);
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

/** The rows of every reference whose place the frame is looked at in. */
function rowsByReference(
  { reference, positions }: Pick<UncalibratedBank, "reference" | "positions">,
  { rows, cols }: PatchTokens,
  look: Uint8Array | undefined,
): Map<number, number[]> {
  const found = new Map<number, number[]>();
  const cell = (share: number, of: number) => Math.min(of - 1, Math.max(0, Math.floor(share * of)));
  for (const [row, owner] of reference.entries()) {
    const patch = cell(positions[2 * row + 1]!, rows) * cols + cell(positions[2 * row]!, cols);
    if (look && !look[patch]) continue;
    const own = found.get(owner);
    if (own) own.push(row);
    else found.set(owner, [row]);
  }
  return found;
}

function worstOf(rows: readonly number[], distances: Float32Array, counted: number | undefined) {
  const sorted = [...rows].sort((a, b) => distances[b]! - distances[a]!);
  const worst = sorted.slice(0, worstCount(rows.length, counted));
  return { score: worst.reduce((sum, row) => sum + distances[row]!, 0) / worst.length, row: worst[0]! };
}
