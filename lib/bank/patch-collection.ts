import type { PatchTokens } from "../backbone/patch-tokens";
import type { MemoryBank } from "./memory-bank";

/** A bank's rows: features, where they lie and which reference they are from. */
export type Patches = Pick<MemoryBank, "features" | "positions" | "reference">;

/** Patches gathered image by image. */
export class PatchCollection {
  private readonly features: Float32Array[] = [];
  private readonly positions: [number, number][] = [];
  private readonly reference: number[] = [];

  /**
   * @param keep patches to take; absent: all
   * @param where x and y of every patch, as shares of the upright reference's sides
   */
  add(reference: number, tokens: PatchTokens, keep: Uint8Array | undefined, where: [number, number][]): void {
    const { data, dimension } = tokens;
    const rows = where.flatMap((_, row) => (keep === undefined || keep[row] === 1 ? [row] : []));
    const kept = new Float32Array(rows.length * dimension);
    for (const [i, row] of rows.entries()) {
      kept.set(data.subarray(row * dimension, (row + 1) * dimension), i * dimension);
      this.positions.push(where[row]!);
      this.reference.push(reference);
    }
    this.features.push(kept);
  }

  join(dimension: number): Patches {
    const features = new Float32Array(this.reference.length * dimension);
    let at = 0;
    for (const part of this.features) {
      features.set(part, at);
      at += part.length;
    }
    return {
      features,
      positions: Float32Array.from(this.positions.flat()),
      reference: Int32Array.from(this.reference),
    };
  }
}

/** The patches of these rows alone. */
export function pickPatches({ features, positions, reference }: Patches, dimension: number, rows: Int32Array): Patches {
  const pick = (values: Float32Array, width: number) => {
    const out = new Float32Array(rows.length * width);
    for (const [i, row] of rows.entries()) out.set(values.subarray(row * width, (row + 1) * width), i * width);
    return out;
  };
  return {
    features: pick(features, dimension),
    positions: pick(positions, 2),
    reference: rows.map((row) => reference[row]!),
  };
}
