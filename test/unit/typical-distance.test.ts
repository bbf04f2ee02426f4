import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { GridMask } from "../../lib/mask/grid-mask";
import { imageScore } from "../../lib/score/image-score";
import { patchesOver, relativeDistances, scoredDistances, typicalDistance } from "../../lib/score/typical-distance";

const PATCHES = 100;
/** Of a picture whose patches are all at one distance, but for a defect. */
const picture = (usual: number, defect?: number) =>
  Float32Array.from({ length: PATCHES }, (_, i) => (i === 42 && defect !== undefined ? defect : usual));
const TYPICAL = { middle: 0.1, most: 0.2 };
const score = (usual: number, defect?: number, mask?: GridMask) =>
  imageScore(relativeDistances(picture(usual, defect), mask, TYPICAL));
const near = (found: number, expected: number) => assert.ok(Math.abs(found - expected) < 1e-6, `${found}`);

describe("what is typical of good parts", () => {
  it("is the median of the references' medians, and at most a quarter over the second largest", () => {
    const { middle, most } = typicalDistance([0.1, 0.12, 0.14, 0.16].map((usual) => picture(usual)))!;
    near(middle, 0.13);
    near(most, 1.25 * 0.14);
  });

  it("is not decided by one unusual reference", () => {
    const others = [0.1, 0.12, 0.14].map((usual) => picture(usual));
    near(typicalDistance([...others, picture(0.9)])!.most, 1.25 * 0.14);
  });

  it("is never less than what is in the middle, of two references either", () => {
    const { middle, most } = typicalDistance([picture(0.01), picture(0.2)])!;
    assert.ok(most > middle);
  });

  it("is unknown from one reference, or where the masks left nothing of the others", () => {
    assert.equal(typicalDistance([picture(0.1)]), undefined);
    assert.equal(typicalDistance([picture(0.1), new Float32Array(0)]), undefined);
  });
});

describe("a picture's distances relative to what is typical", () => {
  it("are as they were where its median is the references'", () => {
    assert.deepEqual(relativeDistances(picture(0.1, 0.3), undefined, TYPICAL), picture(0.1, 0.3));
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
    assert.ok(relativeDistances(picture(0.2, 0.01), undefined, TYPICAL).every((value) => value >= 0));
  });

  it("leave what equals the references at 0", () => {
    assert.equal(score(0), 0);
    assert.ok(score(0.001) < 0.003);
  });

  it("leave masked patches at 0, which say nothing of what is typical", () => {
    const data = Uint8Array.from({ length: PATCHES }, (_, i) => (i >= 40 && i < 45 ? 1 : 0));
    const mask = { rows: 10, cols: 10, data };
    const distances = picture(0.1, 0.3).map((value, i) => (data[i] ? value : 0));
    const relative = relativeDistances(distances, mask, TYPICAL);
    assert.deepEqual(relative, distances);
  });

  it("expect of a new part what it is nearer to all references than each of them to the others", () => {
    const fall = (7 / 8) ** (1 / 3);
    const found = scoredDistances(picture(fall * 0.1, 0.3), undefined, { typical: TYPICAL, references: 8 });
    near(imageScore(found), 0.3);
  });

  it("tell which patches have to be learnt for none to be over a level, those that come over it by that too", () => {
    const metadata = { typical: TYPICAL, references: 8 };
    // Six in ten are far: known, they leave a picture whose median is 0, and what had been hidden by it shows.
    const distances = Float32Array.from({ length: PATCHES }, (_, i) => (i < 60 ? 0.4 : i < 70 ? 0.2 : 0.05));
    const level = 0.25;
    const over = patchesOver(level, distances, undefined, metadata);
    assert.ok(over.length >= 70 && over.every((patch, i) => patch === i), `${over.length}`);
    for (const patch of over) distances[patch] = 0;
    assert.ok(scoredDistances(distances, undefined, metadata).every((distance) => distance <= level));
  });

  it("are plain distances of a bank that knows nothing of it", () => {
    assert.deepEqual(scoredDistances(picture(0.5), undefined, { references: 8 }), picture(0.5));
  });
});
