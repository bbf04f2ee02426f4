import type { PatchTokens } from "../backbone/patch-tokens";
import type { BankPatches } from "./memory-bank";
import { gatherRows, keptRows } from "./search/vectors";

/** A bank's rows: features, where they lie and which reference they are from. */
export type Patches = Pick<BankPatches, "features" | "positions" | "reference">;

/** Patches gathered image by image. */
export class PatchCollection {
  private readonly parts: { reference: number; features: Float32Array; positions: Float32Array }[] = [];

  /**
   * @param keep patches to take; absent: all
   * @param where x and y of every patch, as shares of the upright reference's sides: float32 [patches, 2]
   */
  add(reference: number, { data, dimension }: PatchTokens, keep: Uint8Array | undefined, where: Float32Array): void {
    const rows = keptRows(keep ?? new Uint8Array(where.length / 2).fill(1));
    this.parts.push({
      reference,
      features: gatherRows(data, dimension, rows),
      positions: gatherRows(where, 2, rows),
    });
  }

  join(dimension: number): Patches {
    const count = this.parts.reduce((sum, { positions }) => sum + positions.length / 2, 0);
    const features = new Float32Array(count * dimension);
    const positions = new Float32Array(count * 2);
    const reference = new Int32Array(count);
    let at = 0;
    for (const own of this.parts) {
      features.set(own.features, at * dimension);
      positions.set(own.positions, at * 2);
      reference.fill(own.reference, at, at + own.positions.length / 2);
      at += own.positions.length / 2;
    }
    return { features, positions, reference };
  }
}

/** The patches of these rows alone. */
export function pickPatches({ features, positions, reference }: Patches, dimension: number, rows: Int32Array): Patches {
  return {
    features: gatherRows(features, dimension, rows),
    positions: gatherRows(positions, 2, rows),
    reference: rows.map((row) => reference[row]!),
  };
}
