import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { textOf } from "../../lib/sentence";
import type { LeftOut } from "../../lib/threshold/leave-one-out";
import { adviceOn as sentencesOn } from "../../lib/threshold/reference-advice";
import { learningOf } from "../../lib/threshold/reference-findings";
import { uniform } from "../support/distributions";

/** References whose patches have their nearest ones among those that `alike` allows, by chance. */
function references(count: number, alike: (a: number, b: number) => boolean): LeftOut[] {
  const random = uniform(count);
  return Array.from({ length: count }, (_, reference) => {
    const others = Array.from({ length: count }, (_, other) => other).filter(
      (other) => other !== reference && (alike(reference, other) || random() < 0.02),
    );
    const owners = Int32Array.from({ length: 400 }, () => others[Math.floor(random() * others.length)]!);
    return { reference, score: 0.05, distances: new Float32Array(400).fill(0.02), cols: 20, owners };
  });
}

const adviceOn = (...given: Parameters<typeof sentencesOn>) => sentencesOn(...given).map(textOf);

describe("advice on the references", () => {
  it("says that two products or lamps are among them, and which are which", () => {
    for (const count of [8, 24]) {
      const [sentence, ...others] = adviceOn(
        references(count, (a, b) => a % 2 === b % 2),
        [],
      );
      assert.match(sentence!, /two groups .*, 1, 3, 5, .* and 2, 4, 6, .*: build a bank of its own for each/);
      assert.deepEqual(others, []);
    }
  });

  it("says nothing of one product, whose patches look for each other anywhere", () => {
    for (const count of [4, 8, 24])
      assert.deepEqual(
        adviceOn(
          references(count, () => true),
          [],
        ),
        [],
      );
  });

  it("takes a single odd one for no group", () => {
    assert.deepEqual(
      adviceOn(
        references(8, (a, b) => a === 3 || b !== 3),
        [],
      ),
      [],
    );
  });

  it("says that they are too few, or frames of one part", () => {
    assert.match(
      adviceOn(
        references(3, () => true),
        [],
      )[0]!,
      /^3 references are too few/,
    );
    const frames = [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
      [4, 5],
    ] as const;
    assert.match(
      adviceOn(
        references(8, () => true),
        frames,
      )[0]!,
      /^6 of the 8 references are nearly the same picture/,
    );
  });
});

describe("the learning curve", () => {
  it("says about how many more references would still change the verdicts", () => {
    const { enough, more, words } = learningOf(8, 3, [
      [0.8, 1],
      [0.85, 1],
    ]);
    assert.deepEqual([enough, more], [false, 15]);
    assert.equal(
      words,
      "8 references, the last 3 changed the scores by 18 %: more would still change the verdicts: about 15 more.",
    );
    assert.deepEqual([learningOf(12, 4, [[0.99, 1]]).more, learningOf(12, 4, [[0.99, 1]]).enough], [0, true]);
    assert.ok(learningOf(4, 1, [[0.01, 1]]).more! <= 100);
  });
});
