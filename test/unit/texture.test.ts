import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "mocha";
import { textureBackbone } from "../../lib/backbone/built-in/texture";
import { addMoments, applyWhitening, momentsOf, whiteningFromMoments } from "../../lib/bank/whitening";
import { loadOnnxRuntime } from "../../lib/runtime/onnxruntime";
import type { Session } from "../../lib/runtime/types";

const { model, output } = textureBackbone();
const { patchSize, dimension } = output;

interface Picture {
  height: number;
  width: number;
  /** Brightness in 0..1. */
  pixels: Float32Array;
}

/** A grey, grainy surface; the same seed gives the same grain. */
function surface(height: number, width: number, seed: number): Picture {
  let state = seed;
  const pixels = Float32Array.from({ length: height * width }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return 0.5 + 0.05 * Math.sin((i % width) * 0.9) + 0.04 * (state / 2 ** 31 - 1);
  });
  return { height, width, pixels };
}

function scratched(picture: Picture, top: number, left: number, length: number): Picture {
  const pixels = picture.pixels.slice();
  for (let i = 0; i < length; i++) {
    for (const dx of [0, 1]) pixels[(top + i) * picture.width + left + Math.floor(i / 2) + dx] = 0.85;
  }
  return { ...picture, pixels };
}

describe("the texture backbone", () => {
  let session: Session;
  before(async () => {
    session = await loadOnnxRuntime().createSession(model);
  });
  after(() => session.release());

  async function tokens(...pictures: Picture[]): Promise<{ data: Float32Array; dims: readonly number[] }> {
    const { height, width } = pictures[0]!;
    const data = new Float32Array(pictures.length * 3 * height * width);
    pictures.forEach(({ pixels }, i) => {
      for (let channel = 0; channel < 3; channel++) data.set(pixels, (3 * i + channel) * height * width);
    });
    const dims = [pictures.length, 3, height, width];
    const { patch_tokens } = await session.run({ pixel_values: { type: "float32", data, dims } });
    return { data: patch_tokens!.data as Float32Array, dims: patch_tokens!.dims };
  }

  it("is the same bytes every time", () => {
    assert.ok(textureBackbone().model.equals(model));
  });

  it("keeps its bytes: banks built with others are refused, so a change of them is a breaking one", () => {
    const sha256 = createHash("sha256").update(model).digest("hex");
    assert.equal(sha256, "1839c85ee5d16a6cf906ae03cad892cfd4f5674fa38f80dd61a3ec3bcb929baf");
  });

  it("declares a dynamic image and one token a patch", () => {
    assert.deepEqual(
      session.inputs.map(({ name, type, dims }) => ({ name, type, rank: dims.length })),
      [{ name: "pixel_values", type: "float32", rank: 4 }],
    );
    assert.deepEqual(
      session.outputs.map(({ name }) => name),
      ["patch_tokens"],
    );
  });

  it("gives one token a patch for any size that is a multiple of the patch", async () => {
    for (const [rows, cols] of [
      [1, 1],
      [1, 5],
      [2, 3],
      [20, 27],
    ] as const) {
      const { data, dims } = await tokens(surface(rows * patchSize, cols * patchSize, 1));
      assert.deepEqual(dims, [1, rows * cols, dimension]);
      assert.ok(data.every(Number.isFinite));
    }
  });

  it("treats the images of a batch each on its own", async () => {
    const [first, second] = [surface(64, 96, 1), surface(64, 96, 2)];
    const both = await tokens(first, second);
    assert.deepEqual(both.dims, [2, 24, dimension]);
    const alone = [...(await tokens(first)).data, ...(await tokens(second)).data];
    alone.forEach((value, i) => {
      assert.ok(Math.abs(value - both.data[i]!) < 1e-4);
    });
  });

  it("sees the same structure under a brighter lamp", async () => {
    const picture = surface(160, 160, 3);
    const brighter = { ...picture, pixels: picture.pixels.map((value) => value + 0.2) };
    const [dark, bright] = [(await tokens(picture)).data, (await tokens(brighter)).data];
    // Feature 0 is brightness itself; light added everywhere must not change another one.
    for (let i = 0; i < dark.length; i++) {
      if (i % dimension === 0) assert.ok(bright[i]! > dark[i]!);
      else assert.ok(Math.abs(bright[i]! - dark[i]!) < 0.01, `feature ${i % dimension}`);
    }
  });

  it("knows a stripe's direction", async () => {
    const stripes = (along: "x" | "y"): Picture => ({
      height: 96,
      width: 96,
      pixels: Float32Array.from({ length: 96 * 96 }, (_, i) =>
        (along === "x" ? Math.floor(i / 96) : i % 96) % 6 < 3 ? 0.3 : 0.7,
      ),
    });
    const [x, y] = [(await tokens(stripes("x"))).data, (await tokens(stripes("y"))).data];
    const middle = 14 * dimension;
    let difference = 0;
    for (let i = 0; i < dimension; i++) difference += Math.abs(x[middle + i]! - y[middle + i]!);
    assert.ok(difference > 1, `tokens differ by ${difference}`);
  });

  it("puts the highest distances where a scratch is", async () => {
    const [height, width] = [192, 256];
    const references = await Promise.all([1, 2, 3, 4].map((seed) => tokens(surface(height, width, seed))));
    const matrices = references.map(({ data }) => data);
    const whitening = whiteningFromMoments(addMoments(matrices.map((matrix) => momentsOf(matrix, dimension))));
    const bank = matrices.map((matrix) => applyWhitening(matrix, whitening));
    const scratchedTokens = await tokens(scratched(surface(height, width, 5), 85, 130, 40));
    const query = applyWhitening(scratchedTokens.data, whitening);
    const distances = Array.from({ length: query.length / dimension }, (_, patch) =>
      Math.min(...bank.map((matrix) => nearest(query.subarray(patch * dimension, (patch + 1) * dimension), matrix))),
    );
    // Pooling and context let a patch see two to three patches around it.
    const near = (patch: number) => within(patch >> 4, 5 - 3, 7 + 3) && within(patch & 15, 8 - 2, 9 + 2);
    const on = (patch: number) => within(patch >> 4, 5, 7) && within(patch & 15, 8, 9);
    const highest = distances.indexOf(Math.max(...distances));
    assert.ok(near(highest), `highest at row ${highest >> 4}, column ${highest & 15}`);
    const there = mean(distances.filter((_, patch) => on(patch)));
    const elsewhere = mean(distances.filter((_, patch) => !near(patch)));
    assert.ok(there > 1.5 * elsewhere, `${there} on the scratch, ${elsewhere} elsewhere`);
  });
});

/** 1 - cosine similarity to the most similar row. */
function nearest(token: Float32Array, rows: Float32Array): number {
  let best = Number.POSITIVE_INFINITY;
  for (let start = 0; start < rows.length; start += dimension) {
    let [dot, own, other] = [0, 0, 0];
    for (let i = 0; i < dimension; i++) {
      const [a, b] = [token[i]!, rows[start + i]!];
      dot += a * b;
      own += a * a;
      other += b * b;
    }
    best = Math.min(best, 1 - dot / Math.sqrt(own * other));
  }
  return best;
}

function within(value: number, from: number, to: number): boolean {
  return value >= from && value <= to;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
