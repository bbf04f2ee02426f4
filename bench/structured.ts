import type { MatrixProducts } from "../lib/bank/search/matrix-products";

/** Of a DINOv2 ViT-S. */
export const DIMENSION = 384;
/** Directions in which the patches of one kind of part vary. */
const VARIED = 48;
const KINDS = 256;
const CHUNK = 8192;

/**
 * Features that are spread as those of real parts are: kinds of patches, each varying more in some directions than in
 * others. Uniform noise, in which everything is equally far from everything, would be no bank.
 */
export class StructuredFeatures {
  private readonly random = generator(2026);
  private readonly basis = Float32Array.from({ length: DIMENSION * VARIED }, this.random);
  private readonly kinds = Float32Array.from({ length: KINDS * VARIED }, this.random);

  constructor(private readonly products: MatrixProducts) {}

  /** @param strange how many patches are unlike all kinds, and by how much. @returns float32 [rows, DIMENSION] */
  async rows(rows: number, strange = { count: 0, by: 0 }): Promise<Float32Array> {
    const out = new Float32Array(rows * DIMENSION);
    for (let from = 0; from < rows; from += CHUNK) {
      const count = Math.min(CHUNK, rows - from);
      const within = Float32Array.from({ length: count * VARIED }, (_, i) => this.coordinate(from, i, strange));
      out.set(await this.products.project(within, this.basis, VARIED), from * DIMENSION);
    }
    return out;
  }

  private coordinate(from: number, i: number, { count, by }: { count: number; by: number }): number {
    const [row, direction] = [from + Math.floor(i / VARIED), i % VARIED];
    const kind = Math.imul(row + 1, 2654435761) >>> 24;
    const spread = (0.5 + (row < count ? by : 0)) / Math.sqrt(1 + direction / 4);
    return this.kinds[kind * VARIED + direction]! + spread * this.random();
  }
}

/** Numbers in -1..1. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}
