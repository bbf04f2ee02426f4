import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { groundTruth } from "../../lib/evaluate/figures/ground-truth";
import { auroc, averagePrecision, detectionAt, f1Max, rocCurve } from "../../lib/evaluate/figures/image";
import { type LabelledMap, pixelFigures } from "../../lib/evaluate/figures/pixels";
import { keysOf, numberOf, sortKeys } from "../../lib/evaluate/figures/sort-keys";
import { seededRandom } from "../../lib/random";
import expected from "../fixtures/figures.json";

/** What is promised: scikit-learn's figures, and MVTec AD's AUPRO, to a millionth. */
const TOLERANCE = 1e-6;

const near = (actual: number, wanted: number, what: string) =>
  assert.ok(Math.abs(actual - wanted) <= TOLERANCE, `${what}: ${actual}, expected ${wanted}`);

describe("image-level figures", () => {
  for (const { seed, count, levels, ...figures } of expected.images) {
    it(`agree with scikit-learn on ${count} scores of ${levels} levels`, () => {
      const random = seededRandom(seed);
      const items = Array.from({ length: count }, () => {
        const defective = random() < 0.4;
        return { defective, score: Math.floor((random() + (defective ? 0.3 : 0)) * levels) / levels };
      });
      near(auroc(items)!, figures.auroc, "AUROC");
      near(averagePrecision(items)!, figures.averagePrecision, "average precision");
      near(f1Max(items)!.f1, figures.f1Max, "F1-max");
    });
  }

  it("are 1 for a perfect order and 0.5 for equal scores", () => {
    const perfect = [1, 2, 3, 4].map((score) => ({ score, defective: score > 2 }));
    assert.deepEqual([auroc(perfect), averagePrecision(perfect), f1Max(perfect)], [1, 1, { f1: 1, threshold: 3 }]);
    assert.equal(auroc(perfect.map((item) => ({ ...item, score: 7 }))), 0.5);
  });

  it("do not exist without good or without defective images", () => {
    for (const items of [[], [{ score: 1, defective: true }], [{ score: 1, defective: false }]]) {
      const figures = [auroc, averagePrecision, f1Max, rocCurve].map((figure) => figure(items));
      assert.deepEqual([...figures, detectionAt(items, 0.5)], Array(5).fill(undefined));
    }
  });
});

describe("pixel-level figures", () => {
  for (const { seed, sizes, defects, levels, ...figures } of expected.pixels) {
    it(`agree with scikit-learn and MVTec AD's definition on ${sizes.length} maps of ${levels} levels`, () => {
      const random = seededRandom(seed);
      const found = pixelFigures(sizes.map(([w, h], i) => picture(random, w!, h!, defects[i]!, levels)))!;
      near(found.auroc, figures.auroc, "AUROC");
      near(found.f1Max, figures.f1Max, "F1-max");
      near(found.aupro, figures.aupro, "AUPRO");
    });
  }

  it("do not change where the maps are many and good pixels come in several portions", () => {
    const some = () => {
      const random = seededRandom(5);
      return [3, 0, 2].map((defects) => picture(random, 40, 30, defects, 1e6));
    };
    const [bad, good, alsoBad] = some() as [LabelledMap, LabelledMap, LabelledMap];
    const times = 3400;
    const many = pixelFigures([bad, ...Array.from({ length: times }, () => good), alsoBad])!;
    // The same, counted the slow way: the good image's pixels weigh as much as all its copies.
    let [pairs, ordered] = [0, 0];
    const values = (map: LabelledMap, defective: boolean) => {
      const inside = new Set(map.truth?.pixels);
      return [...map.map()].filter((_, i) => inside.has(i) === defective);
    };
    const defective = [bad, alsoBad].flatMap((map) => values(map, true));
    for (const [negatives, weight] of [
      [[bad, alsoBad].flatMap((map) => values(map, false)), 1],
      [values(good, false), times],
    ] as const) {
      for (const negative of negatives) {
        for (const positive of defective) {
          pairs += weight;
          ordered += weight * (positive > negative ? 1 : positive === negative ? 0.5 : 0);
        }
      }
    }
    near(many.auroc, ordered / pairs, "AUROC");
  });

  it("end their PRO curve at the limit, and need both classes", () => {
    const random = seededRandom(9);
    const map = picture(random, 30, 30, 4, 1e6);
    const { proCurve, aupro } = pixelFigures([map])!;
    assert.equal(proCurve.at(-1)![0], 0.3);
    assert.ok(proCurve.every(([x, y], i) => i === 0 || (x >= proCurve[i - 1]![0] && y >= proCurve[i - 1]![1])));
    const drawn = proCurve.slice(1).reduce((sum, [x, y], i) => {
      const [beforeX, beforeY] = proCurve[i]!;
      return sum + ((x - beforeX) * (y + beforeY)) / 2;
    }, 0);
    assert.ok(Math.abs(drawn / 0.3 - aupro) < 0.01);
    assert.equal(pixelFigures([{ ...map, truth: undefined }]), undefined);
  });

  it("tell regions that touch by a corner as one, and others apart", () => {
    const mask = Uint8Array.from([1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 9]);
    const { pixels, region, sizes } = groundTruth(mask, 4, 3);
    assert.deepEqual([...pixels], [0, 3, 5, 11]);
    assert.deepEqual([...region], [0, 1, 0, 2]);
    assert.deepEqual(sizes, [2, 1, 1]);
  });

  it("sort numbers of any sign by their keys", () => {
    const random = seededRandom(3);
    const values = Float32Array.from({ length: 5000 }, () => (random() - 0.5) * 10 ** (20 * (random() - 0.5)));
    values.set([0, -0, 1, -1]);
    const back = [...sortKeys(keysOf(values)).keys].map(numberOf);
    assert.deepEqual(
      back.map((value) => value + 0),
      [...values].sort((a, b) => a - b).map((value) => value + 0),
    );
    assert.equal(new Set(keysOf(Float32Array.of(0, -0))).size, 1);
  });
});

/** As figures.py makes it. */
function picture(random: () => number, width: number, height: number, defects: number, levels: number): LabelledMap {
  const mask = new Uint8Array(width * height);
  for (let i = 0; i < defects; i++) {
    const [left, top] = [Math.floor(random() * width), Math.floor(random() * height)];
    const [right, bottom] = [left + 1 + Math.floor(random() * 6), top + 1 + Math.floor(random() * 4)];
    for (let y = top; y < Math.min(bottom, height); y++)
      mask.fill(1, y * width + left, y * width + Math.min(right, width));
  }
  const map = Float32Array.from(mask, (defect) => Math.floor((random() + (defect ? 0.35 : 0)) * levels) / levels);
  return { truth: defects > 0 ? groundTruth(mask, width, height) : undefined, map: () => map };
}
