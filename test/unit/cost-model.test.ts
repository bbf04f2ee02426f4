import assert from "node:assert/strict";
import { adviseFor, fitCost, mostRows, predictCost } from "../../lib/doctor/cost-model";

/** A machine that takes exactly so long. */
const cost = (patches: number, rows: number) => 5 + 0.02 * patches + 0.000002 * patches * rows;
const run = (patches: number, rows: number) => ({ patches, rows, milliseconds: cost(patches, rows) });
const MODEL = fitCost(run(500, 500), run(125, 125), run(500, 2000));
const AT_320 = { resolution: 320, patches: 500, patchSize: 16 };

describe("the doctor's cost model", () => {
  it("finds what a frame, a patch and a comparison take, and so what was not measured", () => {
    assert.ok(Math.abs(predictCost(MODEL, 900, 8192) - cost(900, 8192)) < 1e-6);
  });

  it("is never negative, however noisy the runs", () => {
    const { fixed, patch, pair } = fitCost(
      { patches: 500, rows: 500, milliseconds: 20 },
      { patches: 125, rows: 125, milliseconds: 24 },
      { patches: 500, rows: 2000, milliseconds: 18 },
    );
    assert.ok(fixed >= 0 && patch >= 0 && pair >= 0);
  });

  it("knows the largest bank for a time", () => {
    const rows = mostRows(MODEL, 500, 23.192);
    assert.ok(Math.abs(rows - 8192) <= 1, String(rows));
    assert.equal(mostRows(MODEL, 500, 10), 0);
  });

  it("keeps the resolution where that is fast enough, else takes the largest that is", () => {
    assert.equal(adviseFor(20, MODEL, AT_320, 8192)?.resolution, 320);
    const faster = adviseFor(60, MODEL, AT_320, 8192)!;
    assert.ok(faster.resolution < 320);
    const patches = 500 * (faster.resolution / 320) ** 2;
    assert.ok(predictCost(MODEL, patches, 8192) <= 1000 / 60);
    assert.ok(predictCost(MODEL, 500 * ((faster.resolution + 16) / 320) ** 2, 8192) > 1000 / 60);
  });

  it("says so where no resolution is fast enough", () => {
    assert.equal(adviseFor(1000, MODEL, AT_320, 8192), undefined);
  });
});
