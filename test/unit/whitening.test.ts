import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { addMoments, applyWhitening, fitWhitening, momentsOf, whiteningFromMoments } from "../../lib/bank/whitening";

/** Repeatable numbers in [-1, 1). */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** Tokens whose features depend on each other, are of different size and have a mean. */
function correlated(count: number, dimension: number, seed: number): Float32Array {
  const random = noise(seed);
  const out = new Float32Array(count * dimension);
  for (let row = 0; row < count; row++) {
    let previous = 0;
    for (let col = 0; col < dimension; col++) {
      previous = 0.7 * previous + random();
      out[row * dimension + col] = 3 + (col + 1) * previous;
    }
  }
  return out;
}

interface Spread {
  mean: number[];
  covariance: number[];
}

function covariance(tokens: Float32Array, dimension: number): Spread {
  const { count, sum, outer } = momentsOf(tokens, dimension);
  const mean = Array.from(sum, (value) => value / count);
  return {
    mean,
    covariance: Array.from(outer, (value, i) => {
      const [row, col] = [Math.floor(i / dimension), i % dimension];
      return col > row ? 0 : value / count - mean[row]! * mean[col]!;
    }),
  };
}

describe("whitening", () => {
  it("gives tokens of mean zero and identity covariance", () => {
    const tokens = correlated(2000, 12, 1);
    const whitening = whiteningFromMoments(momentsOf(tokens, 12), { shrinkage: 0, anchor: 0 });
    const white = covariance(applyWhitening(tokens, whitening), 12);
    for (const value of white.mean) assert.ok(Math.abs(value) < 1e-4, `mean ${value}`);
    white.covariance.forEach((value, i) => {
      const expected = i % 13 === 0 ? 1 : 0;
      assert.ok(Math.abs(value - expected) < 1e-3, `covariance entry ${i} is ${value}`);
    });
  });

  it("keeps directions with little variance small where shrunk", () => {
    const random = noise(2);
    const tokens = Float32Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? random() : 0.001 * random()));
    const spread = (shrinkage: number) => {
      const white = applyWhitening(tokens, whiteningFromMoments(momentsOf(tokens, 2), { shrinkage }));
      return covariance(white, 2).covariance;
    };
    assert.ok(spread(0)[3]! > 0.9);
    assert.ok(spread(0.1)[3]! < 1e-4);
    assert.ok(spread(0.1)[0]! > 0.9);
  });

  it("adds an anchor to every token, as long as asked for, and leaves their covariance alone", () => {
    const tokens = correlated(2000, 12, 11);
    const fitted = (anchor: number) => whiteningFromMoments(momentsOf(tokens, 12), { shrinkage: 0, anchor });
    const [without, half] = [0, 0.5].map((anchor) => covariance(applyWhitening(tokens, fitted(anchor)), 12)) as [
      Spread,
      Spread,
    ];
    // Whitened tokens of 12 dimensions have a mean square length of 12.
    assert.ok(Math.abs(Math.hypot(...half.mean) - 0.5 * Math.sqrt(12)) < 1e-3);
    half.covariance.forEach((value, i) => {
      assert.ok(Math.abs(value - without.covariance[i]!) < 1e-3);
    });
  });

  it("is the same fitted from each reference's moments as from all tokens at once", async () => {
    const references = [correlated(50, 8, 3), correlated(70, 8, 4), correlated(30, 8, 5)];
    const all = Float32Array.from(references.flatMap((tokens) => [...tokens]));
    const direct = fitWhitening(all, 8);
    const summed = whiteningFromMoments(addMoments(references.map((tokens) => momentsOf(tokens, 8))));
    assert.equal(direct.matrix.length, 64);
    direct.matrix.forEach((value, i) => {
      assert.ok(Math.abs(value - summed.matrix[i]!) < 1e-5);
    });
    direct.mean.forEach((value, i) => {
      assert.ok(Math.abs(value - summed.mean[i]!) < 1e-5);
    });
  });

  it("leaves the tokens it is given as they were", async () => {
    const tokens = correlated(10, 4, 6);
    const before = tokens.slice();
    applyWhitening(tokens, fitWhitening(tokens, 4));
    assert.deepEqual(tokens, before);
  });

  const degenerate: Record<string, Float32Array> = {
    "fewer tokens than dimensions": correlated(3, 16, 7),
    "one token": correlated(1, 16, 8),
    "features that never change": new Float32Array(16 * 40).fill(0.37),
    "nothing but zeros": new Float32Array(16 * 40),
    "features that repeat each other": Float32Array.from(correlated(40, 16, 9), (_, i) => Math.sin(Math.floor(i / 16))),
    "no tokens": new Float32Array(0),
  };
  for (const [name, tokens] of Object.entries(degenerate)) {
    it(`stays finite with ${name}`, () => {
      for (const shrinkage of [0, 0.1]) {
        const whitening = whiteningFromMoments(momentsOf(tokens, 16), { shrinkage });
        const values = [...whitening.mean, ...whitening.matrix, ...applyWhitening(correlated(5, 16, 10), whitening)];
        assert.ok(values.every(Number.isFinite));
      }
    });
  }
});
