import { seededRandom } from "../../../lib/random";

/** A seeded stream of numbers: the same seed gives the same part, byte for byte. */
export interface Random {
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** Whole number in [0, count). */
  below(count: number): number;
  /** One of the given things, all equally likely. */
  pick<T>(things: readonly T[]): T;
  /** Standard normal (sum of uniforms, tails cut at 4.2 sigma: no camera pixel needs more). */
  normal(): number;
  /** A fresh 32-bit seed, for a noise field or a stream of its own. */
  seed(): number;
}

export function createRandom(seed: number): Random {
  const next = seededRandom(seed);
  return {
    between: (low, high) => low + (high - low) * next(),
    below: (count) => Math.floor(next() * count),
    pick: (things) => {
      const thing = things[Math.floor(next() * things.length)];
      if (thing === undefined) throw new RangeError("Nothing to pick from.");
      return thing;
    },
    normal: () => (next() + next() + next() + next() + next() + next() - 3) * Math.SQRT2,
    seed: () => Math.floor(next() * 4294967296) | 0,
  };
}

/** A number in [0, 1) for a place on the integer lattice. */
function hash(x: number, y: number, seed: number): number {
  let h = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ seed;
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 4294967296;
}

/** Value noise in [-1, 1]: lattice values, smoothly blended. */
export function noise(x: number, y: number, seed: number): number {
  const column = Math.floor(x);
  const row = Math.floor(y);
  const fx = x - column;
  const fy = y - row;
  const sx = fx * fx * (3 - 2 * fx);
  const sy = fy * fy * (3 - 2 * fy);
  const a = hash(column, row, seed);
  const b = hash(column + 1, row, seed);
  const c = hash(column, row + 1, seed);
  const d = hash(column + 1, row + 1, seed);
  const top = a + (b - a) * sx;
  const bottom = c + (d - c) * sx;
  return 2 * (top + (bottom - top) * sy) - 1;
}
