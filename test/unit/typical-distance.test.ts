import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { GridMask } from "../../lib/mask/grid-mask";
import { imageScore } from "../../lib/score/image-score";
import { patchesOver, relativeDistances, scoredDistances, typicalDistance } from "../../lib/score/typical-distance";

const PATCHES = 100;
/** Of a picture whose patches are all at one distance, but for a defect. */
const picture = (usual: number, defect?: number) =>
  Float32Array.from({ length: PATCHES }, (_, i) => (i === 42 && defect !== undefined ? defect : usual));
/** As it is inspected: ten patches in a row, all of them or those of a mask. */
const seen = (distances: Float32Array, mask?: GridMask) => ({ distances, mask, cols: 10 });
const TYPICAL = { middle: 0.1, most: 0.2 };
const score = (usual: number, defect?: number, mask?: GridMask) =>
  imageScore(relativeDistances(seen(picture(usual, defect), mask), TYPICAL));
const near = (found: number, expected: number) => assert.ok(Math.abs(found - expected) < 1e-6, `${found}`);

describe("what is typical of good parts", () => {
  it("is the median of the references' medians, and at most a quarter over the second largest", () => {
    const { middle, most } = typicalDistance([0.1, 0.12, 0.14, 0.16].map((usual) => seen(picture(usual))))!;
    near(middle, 0.13);
    near(most, 1.25 * 0.14);
  });

  it("is not decided by one unusual reference", () => {
    const others = [0.1, 0.12, 0.14].map((usual) => seen(picture(usual)));
    near(typicalDistance([...others, seen(picture(0.9))])!.most, 1.25 * 0.14);
  });

  it("is never less than what is in the middle, of two references either", () => {
    const { middle, most } = typicalDistance([seen(picture(0.01)), seen(picture(0.2))])!;
    assert.ok(most > middle);
  });

  it("is unknown from one reference, or where the masks left nothing of the others", () => {
    assert.equal(typicalDistance([seen(picture(0.1))]), undefined);
    assert.equal(typicalDistance([seen(picture(0.1)), seen(new Float32Array(0))]), undefined);
  });
});

describe("a picture's distances relative to what is typical", () => {
  it("are as they were where its median is the references'", () => {
    assert.deepEqual(relativeDistances(seen(picture(0.1, 0.3)), TYPICAL), picture(0.1, 0.3));
  });

  it("let a defect on a quiet picture score above an equally distant patch of a rough one", () => {
    assert.ok(score(0.05, 0.3) > score(0.1, 0.3));
    assert.ok(score(0.1, 0.3) > score(0.18, 0.3));
  });

  it("keep what a picture has over the references' range, so that one that is odd all over is far", () => {
    near(score(0.5), 0.5 - 1.5 * (0.2 - 0.1));
    assert.ok(score(0.5) > score(0.2, 0.3));
  });

  it("are never below 0", () => {
    assert.ok(relativeDistances(seen(picture(0.2, 0.01)), TYPICAL).every((value) => value >= 0));
  });

  it("leave what equals the references at 0", () => {
    assert.equal(score(0), 0);
    assert.ok(score(0.001) < 0.003);
  });

  it("leave masked patches at 0, which say nothing of what is typical", () => {
    const data = Uint8Array.from({ length: PATCHES }, (_, i) => (i >= 40 && i < 45 ? 1 : 0));
    const mask = { rows: 10, cols: 10, data };
    const distances = picture(0.1, 0.3).map((value, i) => (data[i] ? value : 0));
    const relative = relativeDistances(seen(distances, mask), TYPICAL);
    assert.deepEqual(relative, distances);
  });

  it("expect of a new part what it is nearer to all references than each of them to the others", () => {
    const fall = (7 / 8) ** (1 / 3);
    const found = scoredDistances(seen(picture(fall * 0.1, 0.3)), { typical: TYPICAL, references: 8 });
    near(imageScore(found), 0.3);
  });

  it("tell which patches have to be learnt for none to be over a level, those that come over it by that too", () => {
    const metadata = { typical: TYPICAL, references: 8 };
    // Six in ten are far: known, they leave a picture whose median is 0, and what had been hidden by it shows.
    const distances = Float32Array.from({ length: PATCHES }, (_, i) => (i < 60 ? 0.4 : i < 70 ? 0.2 : 0.05));
    const level = 0.25;
    const over = patchesOver(level, seen(distances), metadata);
    assert.ok(over.length >= 70 && over.every((patch, i) => patch === i), `${over.length}`);
    for (const patch of over) distances[patch] = 0;
    assert.ok(scoredDistances(seen(distances), metadata).every((distance) => distance <= level));
  });

  it("are plain distances of a bank that knows nothing of it", () => {
    assert.deepEqual(scoredDistances(seen(picture(0.5)), { references: 8 }), picture(0.5));
  });
});

describe("a picture's distances relative to what is around each patch, for small defects", () => {
  /** Right of column 4 a rough area: a patch there is as far as a defect on the smooth side. */
  const rough = (defect?: number) =>
    Float32Array.from({ length: PATCHES }, (_, i) => (i === defect ? 0.4 : i % 10 > 4 ? 0.3 : 0.02));
  const around = typicalDistance(
    [1, 2, 3].map(() => seen(rough())),
    5,
  )!;
  const worst = (distances: Float32Array) => distances.indexOf(Math.max(...distances));

  it("tell a small defect from a rough area that is as far", () => {
    const smooth = Float32Array.from(rough(), (value, i) => (i === 42 ? 0.25 : value));
    assert.ok(worst(smooth) % 10 > 4);
    assert.equal(worst(relativeDistances(seen(smooth), around)), 42);
  });

  it("find a defect within the rough area, too", () => {
    assert.equal(worst(relativeDistances(seen(rough(47)), around)), 47);
  });

  it("keep the rim of a large defect and what is over all that the references have", () => {
    const square = Float32Array.from({ length: PATCHES }, (_, i) => (i % 10 < 6 && i < 60 ? 0.9 : 0.02));
    const relative = relativeDistances(seen(square), around);
    assert.ok(relative[55]! > 0.85, `${relative[55]}`);
    assert.ok(relative[22]! > 0.1, `${relative[22]}`);
  });

  it("say how many patches are around, of banks with a smallest defect only", () => {
    assert.equal(around.around, 5);
    assert.equal(typicalDistance([1, 2].map(() => seen(rough())))!.around, undefined);
  });

  it("take no masked patch for a surrounding", () => {
    const data = Uint8Array.from({ length: PATCHES }, (_, i) => (i % 10 > 4 ? 0 : 1));
    const masked = rough(42).map((value, i) => value * data[i]!);
    const relative = relativeDistances(seen(masked, { rows: 10, cols: 10, data }), around);
    assert.equal(worst(relative), 42);
    assert.equal(relative[47], 0);
  });
});
