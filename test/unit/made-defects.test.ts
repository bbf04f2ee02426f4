import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { ScoredDefect } from "../../lib/bank/memory-bank";
import type { RgbImage } from "../../lib/image/rgb-image";
import { detection, detectionTable, mustFind } from "../../lib/made-defects/detection";
import { findsOf } from "../../lib/made-defects/finds";
import {
  CONTENT_KINDS,
  DEFECT_KINDS,
  DEFECT_SIZES,
  type DefectKind,
  type DefectPlan,
  TONAL_KINDS,
} from "../../lib/made-defects/kinds";
import { paintDefect } from "../../lib/made-defects/paint";
import { planDefects } from "../../lib/made-defects/plan";
import { seededRandom } from "../../lib/random";

function surface(width: number, height: number, seed: number): RgbImage {
  const random = seededRandom(seed);
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, () => 90 + Math.floor(random() * 60)) };
}

const plan = (more: { [K in keyof DefectPlan]?: DefectPlan[K] | undefined } = {}): DefectPlan =>
  ({
    ...{ kind: "spot", size: 0.08, pixels: 16, contrast: 0.4, reference: 0, seed: 3 },
    ...more,
  }) as DefectPlan;

const withContrast = (kind: DefectKind) => ({
  contrast: TONAL_KINDS.some((tonal) => tonal === kind) ? 0.4 : undefined,
});

describe("made defects", () => {
  it("are painted within the size they have, and nowhere else", () => {
    const image = surface(200, 120, 1);
    for (const kind of DEFECT_KINDS) {
      const before = image.data.slice();
      const canvas = { image, mask: undefined, other: surface(200, 120, 2) };
      const { image: painted, region } = paintDefect(canvas, plan({ kind, ...withContrast(kind) }))!;
      assert.deepEqual(image.data, before, "the reference itself stays as it is");
      let changed = 0;
      for (let i = 0; i < painted.data.length; i++) {
        if (painted.data[i] === before[i]) continue;
        const [x, y] = [Math.floor(i / 3) % 200, Math.floor(i / 600)];
        assert.ok(x >= region.x && x < region.x + region.width && y >= region.y && y < region.y + region.height);
        changed++;
      }
      assert.ok(Math.max(region.width, region.height) <= 16 + 5, `${kind} of ${region.width} x ${region.height} px`);
      assert.ok(changed > 20, `${kind} changes ${changed} values`);
    }
  });

  it("are as strong as their contrast says", () => {
    const image: RgbImage = { width: 100, height: 100, data: new Uint8Array(30_000).fill(60) };
    for (const contrast of [0.05, 0.1, 0.2, 0.4]) {
      const { data } = paintDefect({ image, mask: undefined, other: image }, plan({ contrast }))!.image;
      const most = data.reduce((largest, value) => Math.max(largest, Math.abs(value - 60)), 0);
      assert.ok(most === Math.round(255 * contrast) || most === 60, `${contrast}: ${most}`);
    }
  });

  it("are the same for the same seed, and may lie at the very edge", () => {
    const image = surface(64, 48, 4);
    const mask = { rows: 48, cols: 64, data: Uint8Array.from({ length: 64 * 48 }, (_, i) => (i === 63 ? 1 : 0)) };
    const canvas = { image, mask, other: image };
    for (const kind of DEFECT_KINDS) {
      const corner = plan({ kind, ...withContrast(kind), pixels: 20 });
      const painted = paintDefect(canvas, corner);
      assert.deepEqual(paintDefect(canvas, corner), painted);
      if (painted) assert.deepEqual([painted.region.y, painted.region.x + painted.region.width], [0, 64]);
    }
  });

  it("never change the picture they are painted on, though its pixels are a Buffer", () => {
    const { width, height, data } = surface(64, 48, 4);
    const image = { width, height, data: Buffer.from(data) };
    const painted = paintDefect({ image, mask: undefined, other: image }, plan())!;
    assert.deepEqual(new Uint8Array(image.data), data);
    assert.notDeepEqual(new Uint8Array(painted.image.data), data);
  });

  it("are not made where nobody would see them", () => {
    const blank: RgbImage = { width: 100, height: 100, data: new Uint8Array(30_000).fill(200) };
    const canvas = { image: blank, mask: undefined, other: blank };
    for (const kind of CONTENT_KINDS)
      assert.equal(paintDefect(canvas, plan({ kind, contrast: undefined })), undefined, kind);
  });

  it("are not made where nothing of them lies within the picture", () => {
    const image = surface(100, 100, 1);
    const corner = { rows: 100, cols: 100, data: new Uint8Array(10_000) };
    corner.data[0] = 1;
    const canvas = { image, mask: corner, other: image };
    const painted = Array.from({ length: 400 }, (_, seed) =>
      paintDefect(canvas, plan({ kind: "scratch", size: 0.4, pixels: 40, seed })),
    );
    assert.ok(painted.includes(undefined), "a bent scratch that misses the picture");
    for (const each of painted) if (each) assert.ok(each.change > 0 && each.change < 0.41, `${each.change}`);
  });

  it("are planned in every kind, size and contrast, on all references in turn", () => {
    const references = [0, 1, 2].map(() => ({ width: 320, height: 200, mask: undefined }));
    const plans = planDefects(references, 160, 7);
    assert.equal(plans.length, 160);
    assert.equal(new Set(plans.map(({ kind, size, contrast }) => JSON.stringify([kind, size, contrast]))).size, 76);
    assert.deepEqual(new Set(plans.map(({ reference }) => reference)), new Set([0, 1, 2]));
    assert.deepEqual(plans, planDefects(references, 160, 7));
    for (const { size, pixels } of plans) assert.equal(pixels, Math.max(1, size * 200));
  });

  it("are planned by turns with those that must be found, so that a run that ends early knows what decides", () => {
    const references = [0, 1].map(() => ({ width: 320, height: 200, mask: undefined }));
    const wanted = ({ size, contrast = 0.4 }: DefectPlan) => size === 0.08 && contrast >= 0.4;
    const plans = planDefects(references, 40, 7);
    assert.equal(plans.filter(wanted).length, 20);
    assert.equal(plans.slice(0, 16).filter(wanted).length, 8);
    for (const reference of [0, 1])
      assert.equal(plans.filter((each) => wanted(each) && each.reference === reference).length, 10);
  });

  it("have the size of the smallest defect that the bank is to find, where it says so", () => {
    const plans = planDefects([{ width: 2000, height: 2000, mask: undefined }], 40, 7, 9);
    const small = plans.filter(({ pixels }) => pixels === 9);
    assert.equal(small.length, 20);
    for (const { size, contrast = 0.4 } of small) assert.ok(size === 0.0045 && contrast >= 0.4, `${size} ${contrast}`);
  });

  it("lie where the mask looks, and are measured by the part within it", () => {
    const data = Uint8Array.from({ length: 100 }, (_, i) => (i % 10 >= 5 && i >= 20 && i < 60 ? 1 : 0));
    const mask = { rows: 10, cols: 10, data };
    const image = surface(400, 400, 1);
    for (const planned of planDefects([{ width: 400, height: 400, mask }], 80, 1)) {
      assert.equal(planned.pixels, Math.max(1, planned.size * 160));
      const { x, y, width, height } = paintDefect({ image, mask, other: image }, planned)!.region;
      const [middleX, middleY] = [x + width / 2, y + height / 2];
      // A defect at the picture's edge is cut there, which moves its middle.
      assert.ok(middleX >= 195 && middleY >= 75 && middleY < 245, `${middleX}, ${middleY}`);
    }
  });

  it("are not planned where there is no place for them", () => {
    const nothing = { rows: 2, cols: 2, data: new Uint8Array(4) };
    assert.deepEqual(planDefects([{ width: 10, height: 10, mask: nothing }], 10, 1), []);
  });
});

describe("what a threshold finds of made defects", () => {
  const scored: ScoredDefect[] = DEFECT_SIZES.flatMap((size) => [
    { kind: "spot" as const, size, pixels: size * 100, contrast: 0.4, reference: 0, score: size, clean: 0 },
    { kind: "spot" as const, size, pixels: size * 100, contrast: 0.1, reference: 0, score: size / 2, clean: 0 },
    { kind: "misprint" as const, size, pixels: size * 100, reference: 1, score: 0.03, clean: 0.01 },
  ]);

  it("is counted for any threshold, with its interval", () => {
    const all = detection(scored, 0.025);
    assert.deepEqual([all.count, all.found, all.share], [12, 7, 7 / 12]);
    assert.ok(all.interval!.low < 7 / 12 && all.interval!.high > 7 / 12);
    assert.deepEqual(detection([], 1), { count: 0, found: 0 });
  });

  it("is not told by defects on a reference that is over the threshold without them", () => {
    const { count, found } = detection(scored, 0.005);
    assert.deepEqual([count, found], [8, 7]);
  });

  it("is told by kind, size and contrast", () => {
    const table = detectionTable(scored, 0.025);
    assert.equal(table.length, 12);
    assert.deepEqual(
      table.filter(({ kind, contrast }) => kind === "spot" && contrast === 0.4).map(({ share }) => share),
      [0, 0, 1, 1],
    );
  });

  it("must be had of the large and plain ones", () => {
    assert.deepEqual(
      mustFind(scored).map(({ kind, contrast }) => [kind, contrast]),
      [
        ["spot", 0.4],
        ["misprint", undefined],
      ],
    );
    const sizes = (smallest: number) => mustFind(scored, smallest).map(({ pixels }) => pixels);
    assert.deepEqual(sizes(4), [4, 4], "as small as the bank is to find, in pixels");
    assert.deepEqual(
      sizes(1.2),
      [2, 4, 8].flatMap((pixels) => [pixels, pixels]),
      "larger ones where there are none so small",
    );
    assert.deepEqual(sizes(50), [8, 8], "the largest there are");
  });

  it("is told in one sentence, with what helps first where fewer than half are found", () => {
    const of = (found: number, of: number) =>
      Array.from({ length: of }, (_, i) => ({ score: i < found ? 2 : 0.5, clean: 0.4, pixels: 26 }));
    const { share, enough, pixels, words } = findsOf({ mustFind: of(15, 20) }, 1)!;
    assert.deepEqual([share, enough, pixels], [0.75, true, 26]);
    assert.equal(words, "finds 75 % of the test defects of 26 px (51 % to 91 % at 95 % confidence)");
    const said = (finer?: { resolution: number; count: number; found: number }) =>
      findsOf({ mustFind: of(3, 25), ...(finer && { finer }) }, 1)!.words;
    assert.equal(said(), "finds 12 % of the test defects: finer resolution, more references, or more false alarms");
    assert.equal(
      said({ resolution: 640, count: 20, found: 9 }),
      "finds 12 % of the test defects: finer resolution (45 % at 640 px), more references, or more false alarms",
    );
    assert.match(said({ resolution: 640, count: 20, found: 1 }), /: more references.*finds no more: 5 % at 640 px/);
    assert.equal(findsOf({ mustFind: of(3, 25) }, 0.1), undefined);
    // One that is missed would be all of them.
    assert.equal(findsOf({ mustFind: of(0, 7) }, 1), undefined);
  });

  it("must not be had of other content that hardly differs from what it covers", () => {
    const piece = { kind: "missing piece", size: 0.08, pixels: 8, reference: 0, score: 1, clean: 0 };
    const found = mustFind([
      { ...piece, change: 0.05 },
      { ...piece, change: 0.2 },
      { ...piece, change: 0.4 },
    ]);
    assert.deepEqual(
      found.map(({ change }) => change),
      [0.4],
    );
  });
});
